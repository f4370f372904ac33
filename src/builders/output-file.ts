import { BootflakeError } from '../base/errors.ts';
import type { BuildContext } from './builder.ts';

/** Where a built-in builder writes: the file of the output `out`. Throws `build/no-output` where the derivation has none of that name. */
export function outputFile({ drvPath, outputFiles }: Pick<BuildContext, 'drvPath' | 'outputFiles'>): string {
  if (outputFiles.out !== undefined) return outputFiles.out;
  const names = Object.keys(outputFiles)
    .map((name) => `'${name}'`)
    .join(', ');
  throw new BootflakeError({
    code: 'build/no-output',
    message: `built-in builders make the output 'out' alone, but derivation '${drvPath}' has ${names}`,
    hint: "leave `outputs' out of it",
  });
}

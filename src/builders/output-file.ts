import { BootflakeError } from '../base/errors.ts';
import type { BuildContext } from './builder.ts';

/** Returns the path of the output `out`, which a built-in builder writes. Throws `build/no-output` if the derivation has no such output. */
export function outputFile({ drvPath, outputFiles }: Pick<BuildContext, 'drvPath' | 'outputFiles'>): string {
  if (outputFiles.out !== undefined) return outputFiles.out;
  const names = Object.keys(outputFiles)
    .map((name) => `'${name}'`)
    .join(', ');
  throw new BootflakeError({
    code: 'build/no-output',
    message: `built-in builders make only the output 'out', but derivation '${drvPath}' has ${names}`,
    hint: "Remove `outputs' from it.",
  });
}

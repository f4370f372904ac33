import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { packageRoot } from '../system/package-root.ts';

/** The names in the example that depend on the suite. */
const suiteNames: Record<string, { suite: string; kernel: string; python: string }> = {
  trixie: { suite: 'trixie', kernel: 'linuxPackages_6_12', python: 'python313' },
  bookworm: { suite: 'bookworm', kernel: 'linuxPackages_6_1', python: 'python311' },
};

const files = ['flake.nix', 'configuration.nix', 'qcow.nix'];

/**
 * Writes the three files of the example machine into a folder; returns their names.
 * Throws `flake/unknown-suite`; throws `flake/file-exists`, before anything is written, if one of them exists already.
 */
export async function writeTemplate(folder: string, suite: string): Promise<string[]> {
  const names = suiteNames[suite];
  if (!names) {
    throw new BootflakeError({
      code: 'flake/unknown-suite',
      message: `there is no template for the suite '${suite}'`,
      hint: `Choose one of: ${Object.keys(suiteNames).join(', ')}`,
    });
  }
  const present = files.filter((file) => existsSync(join(folder, file)));
  if (present.length) {
    throw new BootflakeError({
      code: 'flake/file-exists',
      message: `${present.join(', ')} already exist in ${folder}`,
      hint: 'Change to an empty folder, or move them away.',
    });
  }
  const base = suiteNames.trixie as (typeof suiteNames)[string];
  for (const file of files) {
    const text = await readFile(join(packageRoot(), 'examples', 'machine', file), 'utf8');
    const adapted = text
      .replaceAll(`debian/${base.suite}`, `debian/${names.suite}`)
      .replaceAll(base.kernel, names.kernel)
      .replaceAll(base.python, names.python);
    await writeFile(join(folder, file), adapted, { flag: 'wx' });
  }
  return files;
}

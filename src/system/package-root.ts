import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/** The folder that bootflake is installed in, which contains `distro/` and `examples/`; the same from the sources and from `dist/`. */
export function packageRoot(): string {
  if (found) return found;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'distro', 'flake.nix'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('bootflake is not whole: its folder distro/ is missing');
    folder = parent;
  }
  found = folder;
  return folder;
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/** The folder that bootflake is installed in: where `distro/` and `examples/` lie, from the sources and from `dist/` alike. */
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

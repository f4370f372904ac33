/** Trees of real files for the benches of the store, from /usr: the same on each run, as many and as large as asked for. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync, type Dirent } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { NIX } from './compare.ts';

/** Sizes of paths in parts of the mean: most are small, as in a closure of nixpkgs. */
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 6.52];

interface SourceFile {
  path: string;
  size: number;
}

/** Makes `paths` folders of `bytes` bytes in all below `folder`, unless they are there. Returns their names. */
export function makeTrees(folder: string, paths: number, bytes: number): string[] {
  const names = Array.from({ length: paths }, (_, i) => `tree-${i}`);
  if (existsSync(join(folder, 'complete'))) return names;
  const files = endless(() => walk('/usr', 16 << 20));
  names.forEach((name, i) => {
    const share = paths < SHARES.length ? 1 : SHARES[i % SHARES.length]!;
    for (let left = (bytes / paths) * share, count = 0; left > 0; count += 1) {
      const { path, size } = files.next().value as SourceFile;
      const to = join(folder, name, `folder-${count >> 5}`);
      mkdirSync(to, { recursive: true });
      writeFileSync(join(to, `file-${count}`), readFileSync(path).subarray(0, Math.ceil(left)));
      left -= size;
    }
  });
  writeFileSync(join(folder, 'complete'), '');
  return names;
}

/** The trees as paths of a store of Nix's at `root`. Returns the store paths. */
export function addTrees(root: string, trees: string, names: readonly string[]): string[] {
  const list = names.map((name) => `(builtins.path { path = ${join(trees, name)}; name = "${name}"; })`).join(' ');
  const expression = `builtins.concatStringsSep "\\n" [ ${list} ]`;
  const options = { encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  return execFileSync(join(NIX, 'nix'), ['eval', '--store', `local?root=${root}`, '--impure', '--raw', '--expr', expression], options)
    .trim()
    .split('\n');
}

/** Regular files of at most `most` bytes, in the order of their paths. */
function* walk(folder: string, most: number): Generator<SourceFile> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, most);
    else if (entry.isFile()) {
      const { size } = statSync(path);
      if (size > 0 && size <= most) yield { path, size };
    }
  }
}

function* endless<T>(make: () => Iterable<T>): Generator<T> {
  for (;;) yield* make();
}

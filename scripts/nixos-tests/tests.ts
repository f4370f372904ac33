/**
 * The tests of a nixpkgs tree: those that `all-tests.nix` names, with the files that they come from. Names with arguments are tests of
 * `all-tests.nix`; the others are the file's own.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Entry {
  /** The file that makes the test, below nixos/tests. */
  file: string;
  /** As `bootflake test` takes it: a file below nixos/tests, and an attribute if there is one. */
  test: string;
}

const entry = /^ {2}"?([\w.+-]+)"? *= .*?(\.\/[\w./+-]+) *(\{[^}]*\})/gm;

/** What all-tests.nix names, in the order of the files. */
export function entriesOf(tree: string): Entry[] {
  const folder = join(tree, 'nixos/tests');
  const text = readFileSync(join(folder, 'all-tests.nix'), 'utf8');
  const found: Entry[] = [];
  for (const [, name = '', path = '', args = ''] of text.matchAll(entry)) {
    const file = fileOf(folder, path.slice(2));
    if (file === undefined) continue;
    const isPlain = /^\{\s*\}$/.test(args);
    found.push({ file, test: isPlain ? file : `all-tests.nix#${name}` });
  }
  const named = new Set(found.map(({ file }) => file));
  const rest = filesBelow(folder, '').filter((file) => !named.has(file));
  return [...found, ...rest.map((file) => ({ file, test: file }))].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
}

/** A folder is its default.nix. */
function fileOf(folder: string, path: string): string | undefined {
  const facts = statSync(join(folder, path), { throwIfNoEntry: false });
  return facts === undefined ? undefined : facts.isDirectory() ? `${path.replace(/\/$/, '')}/default.nix` : path;
}

/** All files of Nix that may be tests: what the functions that make them are in is none. */
function filesBelow(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((item) => {
    const path = below === '' ? item.name : `${below}/${item.name}`;
    if (item.isDirectory()) return filesBelow(folder, path);
    return path.endsWith('.nix') && !/^(?:all-tests|make-test|make-test-python)\.nix$|^common\//.test(path) ? [path] : [];
  });
}

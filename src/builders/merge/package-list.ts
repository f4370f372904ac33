/**
 * `nix-support/packages.json` of a merged tree: which package each of its files is from. Any store path can have a file of that name, so
 * its contents are checked.
 *
 *     { "packages": [[name, version], ...], "files": [package, count, ...] }
 *
 * `files` has the files of the tree in the order of a walk in which the names of a directory are sorted by UTF-16 units: `count` of them
 * are from the package with that index, or from none if it is -1. nix-support itself is left out.
 */
import type { DebFacts } from '../../debian/deb.ts';
import { directory, file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import type { MergedTree } from './merge-debs.ts';

const FOLDER = 'nix-support';
const NAME = 'packages.json';

export interface ListedPackage {
  name: string;
  version: string;
}

export interface PackageList {
  packages: ListedPackage[];
  /** The index of the package of each file; absent for files of none. A node of several names is that of the first. */
  owners: Map<FileNode, number>;
}

/** Adds the list to a tree, whose files must all be there. */
export function addPackageList({ root, owners }: MergedTree): void {
  const packages = new Map<DebFacts, number>();
  const files: number[] = [];
  for (const { path } of filesOf(root)) {
    const facts = owners.get(path);
    if (facts !== undefined && !packages.has(facts)) packages.set(facts, packages.size);
    const index = facts === undefined ? -1 : packages.get(facts)!;
    if (files.at(-2) === index) files[files.length - 1]! += 1;
    else files.push(index, 1);
  }
  const list = { packages: [...packages.keys()].map(({ name, version }) => [name, version]), files };
  let support = root.entries.get(FOLDER);
  if (support?.type !== 'directory') root.entries.set(FOLDER, (support = directory([], 0o555)));
  support.entries.set(NAME, file(`${JSON.stringify(list)}\n`, 0o444));
}

/** Reads the list of a tree; undefined for anything that `addPackageList` would not have written. */
export function readPackageList(root: FileNode): PackageList | undefined {
  const support = root.type === 'directory' ? root.entries.get(FOLDER) : undefined;
  const node = support?.type === 'directory' ? support.entries.get(NAME) : undefined;
  if (root.type !== 'directory' || node?.type !== 'regular' || node.contents.size > MOST) return undefined;
  const text = Buffer.alloc(node.contents.size);
  node.contents.read(text, 0);
  const list = parse(text.toString('utf8'));
  if (list === undefined) return undefined;
  const owners = new Map<FileNode, number>();
  let [at, left] = [0, list.files[1] ?? 0];
  for (const { node: owned } of filesOf(root)) {
    while (left === 0 && at + 2 < list.files.length) left = list.files[(at += 2) + 1]!;
    if (left === 0) return undefined;
    left -= 1;
    const index = list.files[at]!;
    if (index >= 0 && !owners.has(owned)) owners.set(owned, index);
  }
  return { packages: list.packages.map(([name, version]) => ({ name, version })), owners };
}

/** In bytes: some hundred for each of a hundred thousand files. */
const MOST = 16 << 20;

function parse(text: string): { packages: [string, string][]; files: number[] } | undefined {
  let value: { packages?: unknown; files?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  const { packages, files } = value ?? {};
  if (!Array.isArray(packages) || !Array.isArray(files) || files.length % 2 !== 0) return undefined;
  const isPair = (item: unknown): boolean => Array.isArray(item) && item.length === 2 && item.every((part) => typeof part === 'string');
  if (!packages.every(isPair)) return undefined;
  const inRange = (item: unknown, n: number): boolean =>
    Number.isSafeInteger(item) && (n % 2 === 1 ? (item as number) >= 0 : (item as number) >= -1 && (item as number) < packages.length);
  return files.every(inRange) ? { packages: packages as [string, string][], files: files as number[] } : undefined;
}

/** All but directories, without those of nix-support. */
function* filesOf(root: DirectoryNode, above = ''): Generator<{ path: string; node: FileNode }> {
  for (const name of [...root.entries.keys()].sort()) {
    if (above === '' && name === FOLDER) continue;
    const node = root.entries.get(name)!;
    if (node.type === 'directory') yield* filesOf(node, `${above}${name}/`);
    else yield { path: `${above}${name}`, node };
  }
}

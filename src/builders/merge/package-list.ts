/**
 * `nix-support/packages.json` of a merged tree: which package each of its files is from. Any store path can have a file of that name, so
 * its contents are checked.
 *
 *     { "packages": [[name, version, wanted by], ...], "files": [package, count, ...] }
 *
 * "wanted by" is the index of a package that depends on it, the next on a shortest way to one that no other depends on; -1 for such a one.
 * `files` has the files of the tree in the order of a walk in which the names of a directory are sorted by UTF-16 units: `count` of them
 * are from the package with that index, or from none if it is -1. nix-support itself is left out.
 */
import type { DebFacts } from '../../debian/deb.ts';
import { parseRelations } from '../../debian/relations.ts';
import { directory, file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import type { MergedTree } from './merge-debs.ts';

const FOLDER = 'nix-support';
const NAME = 'packages.json';

export interface ListedPackage {
  name: string;
  version: string;
  /** The index of a package that depends on it; -1 if there is none. */
  wantedBy: number;
}

export interface PackageList {
  packages: ListedPackage[];
  /** The index of the package of each file; absent for files of none. A node of several names is that of the first. */
  owners: Map<FileNode, number>;
}

/** A package, and its field Depends with that of Pre-Depends. */
export interface DependingPackage {
  facts: DebFacts;
  depends: string;
}

/** Adds the list to a tree, whose files must all be there. */
export function addPackageList({ root, owners }: MergedTree, all: readonly DependingPackage[]): void {
  const packages = new Map(all.map(({ facts }, index) => [facts, index]));
  const wantedBy = dependants(all);
  const files: number[] = [];
  for (const { path } of filesOf(root)) {
    const facts = owners.get(path);
    const index = facts === undefined ? -1 : packages.get(facts)!;
    if (files.at(-2) === index) files[files.length - 1]! += 1;
    else files.push(index, 1);
  }
  const list = { packages: all.map(({ facts: { name, version } }, index) => [name, version, wantedBy[index]!]), files };
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
  return { packages: list.packages.map(([name, version, wantedBy]) => ({ name, version, wantedBy })), owners };
}

/** Returns the index of a package that depends on each, the next on a shortest way to one that no other needs; -1 for such a one. */
function dependants(all: readonly DependingPackage[]): number[] {
  const byName = new Map<string, number>();
  all.forEach(({ facts }, index) => {
    for (const { name } of parseRelations(facts.provides).flat()) if (!byName.has(name)) byName.set(name, index);
  });
  all.forEach(({ facts }, index) => byName.set(facts.name, index));
  const needs = all.map(({ depends }, index) => {
    const known = parseRelations(depends)
      .flat()
      .map(({ name }) => byName.get(name));
    return new Set(known.filter((needed) => needed !== undefined && needed !== index) as number[]);
  });
  const needed = new Set(needs.flatMap((set) => [...set]));
  const wantedBy = new Map<number, number>();
  const follow = (first: number[]): void => {
    for (const index of first) wantedBy.set(index, -1);
    // Iterating over an array includes elements added meanwhile: nearest first.
    const queue = [...first];
    for (const index of queue)
      for (const other of needs[index]!)
        if (!wantedBy.has(other)) {
          wantedBy.set(other, index);
          queue.push(other);
        }
  };
  follow(all.flatMap((_, index) => (needed.has(index) ? [] : [index])));
  // Packages that need one another.
  all.forEach((_, index) => {
    if (!wantedBy.has(index)) follow([index]);
  });
  return all.map((_, index) => wantedBy.get(index)!);
}

/** In bytes: some hundred for each of a hundred thousand files. */
const MOST = 16 << 20;

type Parsed = { packages: [name: string, version: string, wantedBy: number][]; files: number[] };

function parse(text: string): Parsed | undefined {
  let value: { packages?: unknown; files?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  const { packages, files } = value ?? {};
  if (!Array.isArray(packages) || !Array.isArray(files) || files.length % 2 !== 0) return undefined;
  const isIndex = (item: unknown): boolean => Number.isSafeInteger(item) && (item as number) >= -1 && (item as number) < packages.length;
  const isPackage = (item: unknown): boolean =>
    Array.isArray(item) && item.length === 3 && typeof item[0] === 'string' && typeof item[1] === 'string' && isIndex(item[2]);
  const isFile = (item: unknown, n: number): boolean => (n % 2 === 0 ? isIndex(item) : Number.isSafeInteger(item) && (item as number) >= 0);
  if (!packages.every(isPackage) || !files.every(isFile)) return undefined;
  return { packages: packages as Parsed['packages'], files: files as number[] };
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

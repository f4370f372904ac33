/** `bootflake size`: what takes the space of an image, by store paths, Debian packages and files, and why each store path is there. */
import { readPackageList, type ListedPackage } from '../builders/merge/package-list.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { storePathName } from '../nix-format/store-path.ts';
import { derivationAttrs } from '../nix-format/structured-attrs.ts';
import type { LocalStore } from '../store/local-store.ts';
import { fileFacts, listNames, readText, usedBytes } from '../system/file-operations.ts';
import { readTree, type HardLinks } from '../system/read-tree.ts';
import type { FileNode } from '../tree/file-tree.ts';
import { installablePaths, type PathsRequest } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface SizeRequest extends Pick<PathsRequest, 'source'> {
  /** An installable, a store path, or a link to one. */
  name: string;
}

/** Sizes are bytes in blocks of 4 KiB, as the image's file system uses them; a file of several names counts where it is first. */
export interface ImageSize {
  /** What was asked for. */
  path: string;
  /** The image's own file, if `path` has one. */
  image?: { name: string; bytes: number };
  bytes: number;
  /** The largest first. */
  paths: SizedPath[];
}

export interface SizedFile {
  /** Below the store path. */
  path: string;
  bytes: number;
}

export interface SizedPackage {
  name: string;
  version: string;
  bytes: number;
  /** Packages from one that no other depends on to this one, by a shortest chain of dependencies. */
  why: string[];
  files: SizedFile[];
}

export interface SizedPath {
  path: string;
  bytes: number;
  /** Store paths from one that the image was made from to this one, by a shortest chain of references. */
  why: string[];
  /** Of a merged tree of Debian packages. What no package has, and directories of several, is in `files`. */
  packages: SizedPackage[];
  files: SizedFile[];
}

/** Builds what the name stands for. Throws `store/not-in-store`, `store/invalid-path`, and the errors of evaluation and builds. */
export async function imageSize(context: PipelineContext, { name, source }: SizeRequest): Promise<ImageSize> {
  const store = await openStore(context);
  const [path] = await installablePaths(context, store, { names: [name], source, realise: true });
  return sizeOf(store, path!);
}

/** The same for a valid path. */
export function sizeOf(store: LocalStore, path: string): ImageSize {
  const roots = contentsOf(store, path);
  const why = chains(store, roots);
  const counted = new Set<FileNode>();
  const hardLinks: HardLinks = new Map();
  const paths = [...why].map(([member, chain]): SizedPath => {
    const root = readTree(store.realPath(member), { hardLinks });
    const { packages, files } = sizesIn(root, counted);
    return { path: member, bytes: sum(packages) + sum(files), why: chain, packages, files };
  });
  paths.sort(largestFirst((item) => item.path));
  const image = roots.includes(path) ? undefined : imageFile(store, path);
  return { path, ...(image && { image }), bytes: sum(paths), paths };
}

/** The store paths that an image is made from, or the path itself if no builtin:disk-image has made it. */
function contentsOf(store: LocalStore, path: string): string[] {
  const deriver = store.validPathInfo(path).deriver;
  const text = deriver === undefined ? undefined : readText(store.realPath(deriver));
  if (text === undefined) return [path];
  const drv = parseDerivation(text, storePathName(deriver!));
  if (drv.builder !== 'builtin:disk-image') return [path];
  const { toplevel, additionalPaths, channel } = derivationAttrs(drv);
  const named = [toplevel, channel, ...(Array.isArray(additionalPaths) ? (additionalPaths as unknown[]) : [])];
  const roots = named.filter((item) => typeof item === 'string' && store.isValidPath(item)) as string[];
  return roots.length === 0 ? [path] : [...new Set(roots)];
}

function imageFile(store: LocalStore, path: string): ImageSize['image'] {
  const folder = store.realPath(path);
  const names = listNames(folder).filter((name) => fileFacts(`${folder}/${name}`)?.type === 'regular');
  if (names.length !== 1) return undefined;
  return { name: names[0]!, bytes: usedBytes(`${folder}/${names[0]}`) };
}

/** Every path of the closure, with a shortest chain of references from a root. */
function chains(store: LocalStore, roots: readonly string[]): Map<string, string[]> {
  const found = new Map(roots.map((root) => [root, [root]]));
  // Iterating over a Map includes entries added meanwhile: nearest first.
  for (const [path, chain] of found)
    for (const reference of store.validPathInfo(path).references) if (!found.has(reference)) found.set(reference, [...chain, reference]);
  return found;
}

function sizesIn(root: FileNode, counted: Set<FileNode>): { packages: SizedPackage[]; files: SizedFile[] } {
  const list = readPackageList(root);
  const packages = (list?.packages ?? []).map(({ name, version }): SizedPackage => ({ name, version, bytes: 0, why: [], files: [] }));
  const files: SizedFile[] = [];
  /** Returns the package of all that is below; -1 for several, or none. */
  const visit = (node: FileNode, path: string): number => {
    let owner = list?.owners.get(node) ?? -1;
    if (node.type === 'directory') {
      const below = new Set([...node.entries].map(([name, child]) => visit(child, path === '' ? name : `${path}/${name}`)));
      owner = below.size === 1 ? [...below][0]! : -1;
    }
    const bytes = counted.has(node) ? 0 : ownBytes(node);
    counted.add(node);
    if (bytes > 0) (packages[owner]?.files ?? files).push({ path, bytes });
    return owner;
  };
  visit(root, '');
  for (const [index, item] of packages.entries()) {
    item.bytes = sum(item.files);
    if (item.bytes > 0) item.why = packageChain(list!.packages, index);
    item.files.sort(largestFirst((file) => file.path));
  }
  const byPath = largestFirst<SizedFile>((file) => file.path);
  return { packages: packages.filter(({ bytes }) => bytes > 0).sort(largestFirst((item) => item.name)), files: files.sort(byPath) };
}

function packageChain(packages: readonly ListedPackage[], index: number): string[] {
  const chain: number[] = [];
  // A list that somebody else has written may go in circles, or on and on.
  for (let at = index; at >= 0 && !chain.includes(at) && chain.length < LONGEST_CHAIN; at = packages[at]!.wantedBy) chain.push(at);
  return chain.reverse().map((at) => packages[at]!.name);
}

/** Of packages that want each other; Debian's own are at most some tens. */
const LONGEST_CHAIN = 100;
const BLOCK = 4096;
/** The target of a symlink is in its inode up to this length. */
const SHORT_SYMLINK = 59;

/** Of a directory, a block; large ones have some more. */
function ownBytes(node: FileNode): number {
  if (node.type === 'regular') return Math.ceil(node.contents.size / BLOCK) * BLOCK;
  if (node.type === 'directory') return BLOCK;
  return Buffer.byteLength(node.target) > SHORT_SYMLINK ? BLOCK : 0;
}

function sum(items: readonly { bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}

function largestFirst<T extends { bytes: number }>(nameOf: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => b.bytes - a.bytes || (nameOf(a) < nameOf(b) ? -1 : 1);
}

export interface SizeChange {
  /** Of a Debian package, or of a store path without hash and version. */
  name: string;
  before: number;
  after: number;
}

/** What differs in size between two images, by names; the greatest changes first. */
export function sizeChanges(before: ImageSize, after: ImageSize): SizeChange[] {
  const [old, now] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((name): SizeChange => ({ name, before: old.get(name) ?? 0, after: now.get(name) ?? 0 }))
    .filter((change) => change.before !== change.after)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || (a.name < b.name ? -1 : 1));
}

function byName({ paths }: ImageSize): Map<string, number> {
  const sizes = new Map<string, number>();
  const add = (name: string, bytes: number): void => void sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  for (const { path, packages, files } of paths) {
    for (const { name, bytes } of packages) add(name, bytes);
    add(withoutVersion(storePathName(path)), sum(files));
  }
  return sizes;
}

function withoutVersion(name: string): string {
  return name.replace(/-[^a-zA-Z].*$/, '');
}

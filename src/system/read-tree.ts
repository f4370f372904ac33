import { lstatSync, type Stats } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { directory, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { filePath, itemsIn, linkTargetOf, type DirectoryItem } from './byte-paths.ts';
import { FileSource } from './file-source.ts';

export type EntryType = 'directory' | 'regular' | 'symlink' | 'unknown';

/** Decides about each entry below the tree's root, by its path; `unknown` is a device, socket or pipe. */
export type PathFilter = (path: string, type: EntryType) => boolean;

/** Files with several names that were read already, by device, then inode. */
export type HardLinks = Map<number, Map<number, FileNode>>;

export interface ReadTreeOptions {
  /** Leaves out the entries for which it returns false, without looking at them. */
  filter?: PathFilter | undefined;
  /** Files of one device and inode become one node, across all trees that are read with this map. */
  hardLinks?: HardLinks;
  /** Sources of files have an identity, which a change of the file changes, and another file has only if it is a hard link of this one. */
  identify?: boolean;
}

/**
 * Reads a tree of the host's file system as a FileTree whose contents stay on disk. Modes are kept, owners become root; a symlink at `path`
 * itself is a symlink. Throws `io/no-such-file`, and `io/special-file` for a device, socket or pipe.
 */
export function readTree(path: string, options: ReadTreeOptions = {}): FileNode {
  const stats = lstatOf(path);
  if (stats.isDirectory()) return readDirectory(path, stats.mode & 0o7777, options);
  const links = options.hardLinks && stats.nlink > 1 ? linksOn(stats.dev, options.hardLinks) : undefined;
  const known = links?.get(stats.ino);
  if (known) return known;
  const node = readLeaf(path, stats, options.identify === true);
  links?.set(stats.ino, node);
  return node;
}

/** The files of a device, by inode. */
export function linksOn(device: number, hardLinks: HardLinks): Map<number, FileNode> {
  let links = hardLinks.get(device);
  if (!links) hardLinks.set(device, (links = new Map()));
  return links;
}

function readDirectory(path: string, mode: number, options: ReadTreeOptions): DirectoryNode {
  const node = directory([], mode);
  for (const { name, kind } of itemsIn(path).sort(byName)) {
    const entryPath = path === '/' ? `/${name}` : `${path}/${name}`;
    if (options.filter && !options.filter(entryPath, entryType(kind))) continue;
    node.entries.set(name, readTree(entryPath, options));
  }
  return node;
}

function byName(a: DirectoryItem, b: DirectoryItem): number {
  return a.name < b.name ? -1 : 1;
}

function entryType(kind: DirectoryItem['kind']): EntryType {
  if (kind.isDirectory()) return 'directory';
  if (kind.isSymbolicLink()) return 'symlink';
  return kind.isFile() ? 'regular' : 'unknown';
}

function readLeaf(path: string, stats: Stats, identify: boolean): FileNode {
  if (stats.isSymbolicLink()) return symlink(linkTargetOf(path));
  if (!stats.isFile()) throw specialFile(path, 'Remove it, or leave it out with a filter.');
  // A number may be given again, but not to a file that was made at the same time.
  const facts = identify && stats.birthtimeMs > 0 ? [stats.dev, stats.ino, stats.birthtimeMs, stats.mtimeMs] : undefined;
  return { type: 'regular', mode: stats.mode & 0o7777, uid: 0, gid: 0, contents: new FileSource(path, stats.size, facts) };
}

/** The status of a path that must exist; throws `io/no-such-file`. */
export function lstatOf(path: string): Stats {
  const stats = lstatSync(filePath(path), { throwIfNoEntry: false });
  if (!stats) throw new BootflakeError({ code: 'io/no-such-file', message: `path '${path}' does not exist` });
  return stats;
}

export function specialFile(path: string, hint?: string): BootflakeError {
  return new BootflakeError({
    code: 'io/special-file',
    message: `file '${path}' has an unsupported type: it is a device, socket or pipe, which a store path cannot hold`,
    hint,
  });
}

import { lstatSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { directory, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { filePath, linkTargetOf, namesIn } from './byte-paths.ts';
import { FileSource } from './file-source.ts';

/**
 * Reads directories into FileTrees whose file contents stay on disk. Owners become root. One scanner keeps hard links across all scanned
 * paths: files of one device and inode become one node.
 */
export class TreeScanner {
  private readonly linked = new Map<string, FileNode>();

  /** Returns the tree at `path`, a file, a symlink or a directory; throws for sockets, devices and pipes. */
  scan(path: string): FileNode {
    const stats = lstatSync(filePath(path), { throwIfNoEntry: false });
    if (!stats) throw new BootflakeError({ code: 'io/no-such-file', message: `there is no ${path}` });
    if (stats.isDirectory()) return this.scanDirectory(path, stats.mode & 0o7777);
    const key = stats.nlink > 1 ? `${stats.dev}:${stats.ino}` : undefined;
    const known = key !== undefined ? this.linked.get(key) : undefined;
    if (known) return known;
    const node = leaf(path, stats);
    if (key !== undefined) this.linked.set(key, node);
    return node;
  }

  private scanDirectory(path: string, mode: number): DirectoryNode {
    const node = directory([], mode);
    for (const name of namesIn(path).sort()) node.entries.set(name, this.scan(`${path}/${name}`));
    return node;
  }
}

function leaf(path: string, stats: import('node:fs').Stats): FileNode {
  if (stats.isSymbolicLink()) return symlink(linkTargetOf(path));
  if (!stats.isFile()) {
    throw new BootflakeError({
      code: 'io/special-file',
      message: `${path} is a device, socket or pipe, which cannot be put into an image`,
      hint: 'Leave it out.',
    });
  }
  return { type: 'regular', mode: stats.mode & 0o7777, uid: 0, gid: 0, contents: new FileSource(path, stats.size) };
}

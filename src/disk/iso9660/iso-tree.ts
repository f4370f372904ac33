/** The directories and files of an ISO 9660 volume: the same for the primary volume and for Joliet, which share the contents. */
import { BootflakeError } from '../../base/errors.ts';
import { fileNameFault, shownName } from '../../tree/file-name.ts';
import type { ByteSource, DirectoryNode, FileNode } from '../../tree/file-tree.ts';
import { symlinkTargetFault } from '../../tree/symlink-target.ts';

/** The contents of a file, once for all its names. */
export interface IsoFile {
  contents: ByteSource;
  /** Sector; 0 if it is empty. */
  sector: number;
}

export interface IsoEntry {
  name: string;
  node: FileNode;
  isDirectory: boolean;
  file: IsoFile | undefined;
  directory: IsoDirectory | undefined;
  links: number;
}

export interface IsoDirectory {
  node: DirectoryNode;
  parent: IsoDirectory;
  entries: IsoEntry[];
  links: number;
}

export interface IsoTree {
  root: IsoDirectory;
  /** In the order of their paths. */
  files: IsoFile[];
  fileOf: Map<ByteSource, IsoFile>;
}

/** Bytes of an owner's number; all bits set is no user. */
const MOST_ID = 2 ** 32 - 2;

/** Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a file that the volume cannot hold. */
export function listIsoTree(root: DirectoryNode): IsoTree {
  const tree: IsoTree = { root: directoryOf(root, undefined), files: [], fileOf: new Map() };
  const named = new Map<FileNode, number>();
  const count = (node: FileNode): void => {
    named.set(node, (named.get(node) ?? 0) + 1);
    if (node.type === 'directory') for (const child of node.entries.values()) count(child);
  };
  count(root);
  const visit = (directory: IsoDirectory, path: string): void => {
    for (const [name, node] of [...directory.node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const at = `${path}/${name}`;
      check(name, node, path, at);
      const entry: IsoEntry = {
        name,
        node,
        isDirectory: node.type === 'directory',
        file: node.type === 'regular' ? fileOf(tree, node.contents) : undefined,
        directory: undefined,
        links: named.get(node)!,
      };
      directory.entries.push(entry);
      if (node.type !== 'directory') continue;
      if (entry.links > 1) throw badFile(at, 'is a directory that has another name too');
      entry.directory = directoryOf(node, directory);
      directory.links += 1;
      visit(entry.directory, at);
    }
  };
  visit(tree.root, '');
  return tree;
}

function directoryOf(node: DirectoryNode, parent: IsoDirectory | undefined): IsoDirectory {
  const directory = { node, entries: [], links: 2 } as unknown as IsoDirectory;
  directory.parent = parent ?? directory;
  return directory;
}

function fileOf(tree: IsoTree, contents: ByteSource): IsoFile {
  let found = tree.fileOf.get(contents);
  if (!found) {
    found = { contents, sector: 0 };
    tree.fileOf.set(contents, found);
    tree.files.push(found);
  }
  return found;
}

function check(name: string, node: FileNode, folder: string, path: string): void {
  const fault = fileNameFault(name);
  if (fault !== undefined)
    throw new BootflakeError({
      code: 'disk/bad-name',
      message: `the image cannot have a file ${shownName(name)} in ${shownName(folder === '' ? '/' : folder)}: the name ${fault}`,
    });
  for (const id of [node.uid, node.gid])
    if (!Number.isInteger(id) || id < 0 || id > MOST_ID)
      throw badFile(path, `belongs to the number ${id}, which no user or group can have`);
  const targetFault = node.type === 'symlink' ? symlinkTargetFault(node.target) : undefined;
  if (targetFault !== undefined)
    throw new BootflakeError({
      code: 'disk/bad-symlink',
      message: `the image cannot have a symlink ${shownName(path)}: its target ${targetFault}`,
    });
}

function badFile(path: string, fault: string): BootflakeError {
  return new BootflakeError({ code: 'disk/bad-file', message: `the image cannot hold ${shownName(path)}: it ${fault}` });
}

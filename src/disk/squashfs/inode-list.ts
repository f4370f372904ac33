/** Lists the inodes of a FileTree, and of devices beside it: numbers, link counts, owners. */
import { BootflakeError } from '../../base/errors.ts';
import { fileNameFault, shownName } from '../../tree/file-name.ts';
import type { DirectoryNode, FileNode, Ownership, RegularNode } from '../../tree/file-tree.ts';
import { symlinkTargetFault } from '../../tree/symlink-target.ts';
import type { InodeKind } from './format.ts';
import { isXattrName, XattrTable, type Xattr } from './xattrs.ts';

/** What a FileTree does not have. */
export interface SpecialFile extends Ownership {
  type: 'block' | 'character' | 'fifo' | 'socket';
  /** Of a device. */
  major?: number;
  minor?: number;
}

export interface SquashfsInode {
  kind: InodeKind;
  /** Counted from 1. */
  number: number;
  mode: number;
  /** In the table of ids. */
  uid: number;
  gid: number;
  links: number;
  /** NO_XATTRS for none. */
  xattrs: number;
  node: FileNode | SpecialFile;
  /** Of a directory, sorted by the bytes of their names. */
  entries?: { name: Buffer; inode: SquashfsInode }[];
  parent?: SquashfsInode;
}

export interface InodeListOptions {
  /** By their paths from the root, without a slash at the beginning; the folders that they are in must be in the tree. */
  specials?: ReadonlyMap<string, SpecialFile>;
  /** By such paths; the root is the empty one. */
  xattrs?: ReadonlyMap<string, readonly Xattr[]>;
}

/** The most ids, and the most names of a file. */
const MOST_IDS = 65_535;
const MOST_ID = 2 ** 32 - 2;

export class InodeList {
  readonly root: SquashfsInode;
  /** By number, from 1. */
  readonly inodes: SquashfsInode[] = [];
  readonly ids: number[] = [];
  readonly xattrTable = new XattrTable();
  private readonly idNumbers = new Map<number, number>();
  private readonly known = new Map<FileNode, SquashfsInode>();
  private readonly specialsIn = new Map<string, [string, SpecialFile][]>();
  private readonly xattrs: ReadonlyMap<string, readonly Xattr[]>;

  /** Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a file that squashfs cannot hold. */
  constructor(root: DirectoryNode, { specials = new Map(), xattrs = new Map() }: InodeListOptions) {
    this.xattrs = xattrs;
    for (const [path, special] of specials) {
      const slash = path.lastIndexOf('/');
      const folder = path.slice(0, Math.max(slash, 0));
      this.specialsIn.set(folder, [...(this.specialsIn.get(folder) ?? []), [path.slice(slash + 1), special]]);
    }
    this.root = this.inode(root, '');
    this.root.parent = this.root;
    this.visit(this.root, '');
  }

  /** The entries of a directory have consecutive numbers, which keeps its list short. */
  private visit(inode: SquashfsInode, path: string): void {
    const node = inode.node as DirectoryNode;
    const children: [string, FileNode | SpecialFile][] = [...node.entries, ...(this.specialsIn.get(path) ?? [])];
    const named = children.map(([name, child]) => {
      const fault = fileNameFault(name);
      if (fault !== undefined) throw badName(name, path, fault);
      return { name, bytes: Buffer.from(name), child };
    });
    named.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const below: [SquashfsInode, string][] = [];
    inode.entries = named.map(({ name, bytes, child }) => {
      const childPath = path === '' ? name : `${path}/${name}`;
      const found = this.inode(child, childPath);
      if (found.kind === 'directory') {
        inode.links += 1;
        found.parent = inode;
        below.push([found, childPath]);
      }
      return { name: bytes, inode: found };
    });
    for (const [child, childPath] of below) this.visit(child, childPath);
  }

  private inode(node: FileNode | SpecialFile, path: string): SquashfsInode {
    const known = this.known.get(node as FileNode);
    if (known) {
      if (known.kind === 'directory') throw badFile(path, 'is a directory that has another name too');
      known.links += 1;
      return known;
    }
    if (node.type === 'symlink') {
      const fault = symlinkTargetFault(node.target);
      if (fault !== undefined)
        throw new BootflakeError({
          code: 'disk/bad-symlink',
          message: `the image cannot have a symlink ${shownName(`/${path}`)} to ${shownName(node.target)}: its target ${fault}`,
        });
    }
    const inode: SquashfsInode = {
      kind: node.type,
      number: this.inodes.length + 1,
      mode: node.mode,
      uid: this.idNumber(node.uid, path),
      gid: this.idNumber(node.gid, path),
      links: node.type === 'directory' ? 2 : 1,
      xattrs: this.xattrTable.add(this.xattrsOf(path)),
      node,
    };
    this.inodes.push(inode);
    if ('entries' in node || 'contents' in node || 'target' in node) this.known.set(node, inode);
    return inode;
  }

  private xattrsOf(path: string): readonly Xattr[] {
    const xattrs = this.xattrs.get(path) ?? [];
    for (const [name] of xattrs)
      if (!isXattrName(name))
        throw badFile(path, `has the extended attribute ${shownName(name)}, but only user, trusted and security are kept`);
    return xattrs;
  }

  private idNumber(id: number, path: string): number {
    if (!Number.isInteger(id) || id < 0 || id > MOST_ID)
      throw badFile(path, `belongs to the number ${id}, which no user or group can have`);
    let number = this.idNumbers.get(id);
    if (number === undefined) {
      number = this.ids.push(id) - 1;
      if (number >= MOST_IDS) throw badFile(path, `belongs to one more than ${MOST_IDS} users and groups, which are the most`);
      this.idNumbers.set(id, number);
    }
    return number;
  }
}

export function isRegular(inode: SquashfsInode): inode is SquashfsInode & { node: RegularNode } {
  return inode.kind === 'regular';
}

function badName(name: string, folder: string, fault: string): BootflakeError {
  return new BootflakeError({
    code: 'disk/bad-name',
    message: `the image cannot have a file ${shownName(name)} in ${shownName(`/${folder}`)}: the name ${fault}`,
  });
}

function badFile(path: string, fault: string): BootflakeError {
  return new BootflakeError({ code: 'disk/bad-file', message: `the image cannot hold ${shownName(`/${path}`)}: it ${fault}` });
}

/**
 * cpio archives in the "newc" format, as the kernel unpacks an initramfs:
 * https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */
import { directory, file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';

const TYPE = { directory: 0o040000, regular: 0o100000, symlink: 0o120000 } as const;
export const TRAILER = 'TRAILER!!!';
const HEADER_LENGTH = 110;

function header(fields: {
  inode: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  size: number;
  nameLength: number;
}): string {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  const { inode, mode, uid, gid, links, size, nameLength } = fields;
  // c_mtime is 0; the device numbers and c_check are not used.
  return `070701${[inode, mode, uid, gid, links, 0, size, 0, 0, 0, 0, nameLength, 0].map(hex).join('')}`;
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);

/** The header and the name of an entry, whose data follows; `zeros` end the name. An entry without a node ends the archive. */
export function entryHead(name: string, node: FileNode | undefined, inode: number, zeros = 1): Buffer {
  const nameBytes = Buffer.concat([Buffer.from(name), Buffer.alloc(zeros)]);
  const head = Buffer.from(
    header({
      inode,
      mode: node ? TYPE[node.type] | node.mode : 0,
      uid: node?.uid ?? 0,
      gid: node?.gid ?? 0,
      links: node?.type === 'directory' ? 2 : 1,
      size: dataSize(node),
      nameLength: nameBytes.length,
    }),
    'latin1',
  );
  return Buffer.concat([head, nameBytes, padding(head.length + nameBytes.length)]);
}

/** In bytes; the data of an entry is followed by zeros up to a multiple of four. */
export function dataSize(node: FileNode | undefined): number {
  if (node?.type === 'regular') return node.contents.size;
  return node?.type === 'symlink' ? Buffer.byteLength(node.target) : 0;
}

/** The name is followed by as many zeros as put the data at a multiple of `alignment` from `start`, that of the entry. */
function entry(name: string, node: FileNode | undefined, inode: number, start = 0, alignment = 4): Buffer[] {
  const data = node?.type === 'regular' ? Buffer.alloc(node.contents.size) : Buffer.from(node?.type === 'symlink' ? node.target : '');
  if (node?.type === 'regular') node.contents.read(data, 0);
  const nameEnd = start + HEADER_LENGTH + Buffer.byteLength(name) + 1;
  const zeros = alignment === 4 ? 1 : 1 + (-nameEnd & (alignment - 1));
  return [entryHead(name, node, inode, zeros), data, padding(data.length)];
}

/**
 * Returns the tree's archive: directories before their entries, names sorted. A file with two names is written twice. The root has an
 * entry, too: without one the kernel's is open for all to write.
 */
export function encodeCpio(root: DirectoryNode): Buffer {
  const parts: Buffer[] = [];
  let inode = 1;
  const visit = (node: DirectoryNode, prefix: string): void => {
    for (const [name, child] of [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      parts.push(...entry(prefix + name, child, inode++));
      if (child.type === 'directory') visit(child, `${prefix}${name}/`);
    }
  };
  parts.push(...entry('.', root, inode++));
  visit(root, '');
  parts.push(...entry(TRAILER, undefined, 0));
  return Buffer.concat(parts);
}

/** Returns an archive of one file and its folders, in which the file's bytes begin at a multiple of `alignment`, a power of two. */
export function encodeAlignedCpio(path: string, bytes: Uint8Array, alignment: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const add = (name: string, node: FileNode | undefined, inode: number) => {
    for (const piece of entry(name, node, inode, length, node?.type === 'regular' ? alignment : undefined)) {
      parts.push(piece);
      length += piece.length;
    }
  };
  const names = path.split('/');
  names.slice(0, -1).forEach((_, i) => add(names.slice(0, i + 1).join('/'), directory(), i + 1));
  add(path, file(bytes), names.length);
  add(TRAILER, undefined, 0);
  return Buffer.concat(parts);
}

/** The tables of inodes and directories. */
import type { SymlinkNode } from '../../tree/file-tree.ts';
import type { FileData } from './data.ts';
import { EXTENDED, INODE_TYPE, METADATA_SIZE, NO_XATTRS } from './format.ts';
import { isRegular, type InodeList, type SpecialFile, type SquashfsInode } from './inode-list.ts';
import { MetadataWriter, type MetadataPlace, type Pack } from './metadata.ts';

/** Entries that a header of a directory's list may be followed by. */
const MOST_ENTRIES = 256;
/** An empty list counts these bytes for `.` and `..`. */
const DOTS = 3;

export interface InodeTables {
  inodes: Buffer;
  directories: Buffer;
  rootInode: bigint;
  /** For each number of an inode, from 1: where it is. */
  references: Buffer;
}

export interface TableOptions {
  /** Seconds since 1970. */
  time: number;
  dataOf(inode: SquashfsInode): FileData;
}

/** Each directory's inode follows those of its entries, as its list says where they are. */
export function encodeTables(list: InodeList, pack: Pack, options: TableOptions): InodeTables {
  const tables = new Tables(list, pack, options);
  tables.visit(list.root);
  const references = Buffer.alloc(8 * list.inodes.length);
  for (const [inode, place] of tables.places) references.writeBigUInt64LE(reference(place), 8 * (inode.number - 1));
  return {
    inodes: tables.inodeTable.end(),
    directories: tables.directoryTable.end(),
    rootInode: reference(tables.places.get(list.root)!),
    references,
  };
}

function reference({ block, offset }: MetadataPlace): bigint {
  return (BigInt(block) << 16n) | BigInt(offset);
}

/** What a directory's inode says of its list. */
interface WrittenList {
  place: MetadataPlace;
  size: number;
  /** The first name of each metadata block: (bytes from the list's start, the block, the name). */
  index: { at: number; block: number; name: Buffer }[];
}

class Tables {
  readonly inodeTable: MetadataWriter;
  readonly directoryTable: MetadataWriter;
  readonly places = new Map<SquashfsInode, MetadataPlace>();

  constructor(
    private readonly list: InodeList,
    pack: Pack,
    private readonly options: TableOptions,
  ) {
    this.inodeTable = new MetadataWriter(pack);
    this.directoryTable = new MetadataWriter(pack);
  }

  visit(inode: SquashfsInode): void {
    const entries = inode.entries!;
    for (const { inode: child } of entries) if (child.kind === 'directory') this.visit(child);
    for (const { inode: child } of entries) if (!this.places.has(child)) this.place(child, this.encodeFile(child));
    this.place(inode, this.encodeDirectory(inode, this.writeList(inode)));
  }

  private place(inode: SquashfsInode, bytes: Buffer): void {
    this.places.set(inode, this.inodeTable.place);
    this.inodeTable.write(bytes);
  }

  /** The fields of every inode, and room for the rest. */
  private header(inode: SquashfsInode, isExtended: boolean, size: number): Buffer {
    const b = Buffer.alloc(16 + size);
    b.writeUInt16LE(INODE_TYPE[inode.kind] + (isExtended ? EXTENDED : 0), 0); // inode_type
    b.writeUInt16LE(inode.mode & 0o7777, 2); // mode
    b.writeUInt16LE(inode.uid, 4); // uid
    b.writeUInt16LE(inode.gid, 6); // guid
    b.writeUInt32LE(this.options.time, 8); // mtime
    b.writeUInt32LE(inode.number, 12); // inode_number
    return b;
  }

  private encodeFile(inode: SquashfsInode): Buffer {
    if (isRegular(inode)) return this.encodeRegular(inode, inode.node.contents.size, this.options.dataOf(inode));
    const isExtended = inode.xattrs !== NO_XATTRS;
    if (inode.kind === 'symlink') {
      const target = Buffer.from((inode.node as SymlinkNode).target);
      const b = this.header(inode, isExtended, 8 + target.length + (isExtended ? 4 : 0));
      b.writeUInt32LE(inode.links, 16); // nlink
      b.writeUInt32LE(target.length, 20); // symlink_size
      b.set(target, 24); // symlink
      if (isExtended) b.writeUInt32LE(inode.xattrs, 24 + target.length); // xattr
      return b;
    }
    const isDevice = inode.kind === 'block' || inode.kind === 'character';
    const fields = isDevice ? 8 : 4;
    const b = this.header(inode, isExtended, fields + (isExtended ? 4 : 0));
    b.writeUInt32LE(inode.links, 16); // nlink
    if (isDevice) b.writeUInt32LE(deviceNumber(inode.node as SpecialFile), 20); // rdev
    if (isExtended) b.writeUInt32LE(inode.xattrs, 16 + fields); // xattr
    return b;
  }

  private encodeRegular(inode: SquashfsInode, size: number, data: FileData): Buffer {
    const { start, blocks, sparse, fragment, offset } = data;
    const isExtended = inode.links > 1 || inode.xattrs !== NO_XATTRS || sparse > 0 || size >= 2 ** 32 || start >= 2 ** 32;
    const fields = isExtended ? 40 : 16;
    const b = this.header(inode, isExtended, fields + 4 * blocks.length);
    if (isExtended) {
      b.writeBigUInt64LE(BigInt(start), 16); // start_block
      b.writeBigUInt64LE(BigInt(size), 24); // file_size
      b.writeBigUInt64LE(BigInt(sparse), 32); // sparse
      b.writeUInt32LE(inode.links, 40); // nlink
      b.writeUInt32LE(fragment, 44); // fragment
      b.writeUInt32LE(offset, 48); // offset
      b.writeUInt32LE(inode.xattrs, 52); // xattr
    } else {
      b.writeUInt32LE(start, 16); // start_block
      b.writeUInt32LE(fragment, 20); // fragment
      b.writeUInt32LE(offset, 24); // offset
      b.writeUInt32LE(size, 28); // file_size
    }
    blocks.forEach((block, n) => b.writeUInt32LE(block, 16 + fields + 4 * n)); // block_list
    return b;
  }

  /** Entries whose inodes are in one metadata block follow a header that names it. A header begins in each block of the list. */
  private writeList({ entries }: SquashfsInode): WrittenList {
    const written: WrittenList = { place: this.directoryTable.place, size: 0, index: [] };
    const runs = entries!;
    for (let first = 0; first < runs.length; ) {
      const { block } = this.places.get(runs[first]!.inode)!;
      const base = runs[first]!.inode.number;
      const left = METADATA_SIZE - ((written.place.offset + written.size) % METADATA_SIZE);
      const parts: Buffer[] = [];
      let size = 12;
      let end = first;
      for (; end < runs.length && end - first < MOST_ENTRIES; end++) {
        const { name, inode } = runs[end]!;
        const place = this.places.get(inode)!;
        const distance = inode.number - base;
        if (place.block !== block || distance > 32767 || distance < -32768 || (size > left && end > first)) break;
        const b = Buffer.alloc(8 + name.length);
        b.writeUInt16LE(place.offset, 0); // offset
        b.writeInt16LE(distance, 2); // inode_number
        b.writeUInt16LE(INODE_TYPE[inode.kind], 4); // type
        b.writeUInt16LE(name.length - 1, 6); // size
        b.set(name, 8); // name
        parts.push(b);
        size += b.length;
      }
      const header = Buffer.alloc(12);
      header.writeUInt32LE(end - first - 1, 0); // count
      header.writeUInt32LE(block, 4); // start_block
      header.writeUInt32LE(base, 8); // inode_number
      const at = this.directoryTable.place.block;
      if (at !== (written.index.at(-1)?.block ?? written.place.block))
        written.index.push({ at: written.size, block: at, name: runs[first]!.name });
      for (const part of [header, ...parts]) this.directoryTable.write(part);
      written.size += size;
      first = end;
    }
    return written;
  }

  private encodeDirectory(inode: SquashfsInode, { place, size, index }: WrittenList): Buffer {
    const parent = inode.parent === inode ? this.list.inodes.length + 1 : inode.parent!.number;
    const isExtended = inode.xattrs !== NO_XATTRS || index.length > 0 || size + DOTS > 0xffff;
    if (!isExtended) {
      const b = this.header(inode, false, 16);
      b.writeUInt32LE(place.block, 16); // start_block
      b.writeUInt32LE(inode.links, 20); // nlink
      b.writeUInt16LE(size + DOTS, 24); // file_size
      b.writeUInt16LE(place.offset, 26); // offset
      b.writeUInt32LE(parent, 28); // parent_inode
      return b;
    }
    const b = this.header(inode, true, 24);
    b.writeUInt32LE(inode.links, 16); // nlink
    b.writeUInt32LE(size + DOTS, 20); // file_size
    b.writeUInt32LE(place.block, 24); // start_block
    b.writeUInt32LE(parent, 28); // parent_inode
    b.writeUInt16LE(index.length, 32); // i_count
    b.writeUInt16LE(place.offset, 34); // offset
    b.writeUInt32LE(inode.xattrs, 36); // xattr
    return Buffer.concat([b, ...index.map(encodeIndexEntry)]);
  }
}

function encodeIndexEntry({ at, block, name }: WrittenList['index'][number]): Buffer {
  const b = Buffer.alloc(12 + name.length);
  b.writeUInt32LE(at, 0); // index
  b.writeUInt32LE(block, 4); // start_block
  b.writeUInt32LE(name.length - 1, 8); // size
  b.set(name, 12); // name
  return b;
}

/** As Linux packs them: new_encode_dev. */
function deviceNumber({ major = 0, minor = 0 }: SpecialFile): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

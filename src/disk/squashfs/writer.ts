/**
 * A squashfs made from a file tree. Its size depends on how well its blocks are packed, so it is no BlockPlan: `blocks` are packed, several
 * at once where there are threads, handed to `write` in their order, and `finish` writes the rest.
 */
import type { ByteSource, DirectoryNode } from '../../tree/file-tree.ts';
import { DataBlocks, storedBlock, type RawBlock } from './data.ts';
import { COMPRESSOR, encodeSuperblock, FLAG, SUPERBLOCK_SIZE } from './format.ts';
import { InodeList, isRegular, type InodeListOptions } from './inode-list.ts';
import { encodeLookupTable, metadataBlock, type Pack } from './metadata.ts';
import { encodeTables } from './tables.ts';

export type SquashfsCompressor = 'gzip' | 'zstd';

export interface SquashfsOptions extends InodeListOptions {
  /** Bytes: a power of two from 4 KiB to 1 MiB. */
  blockSize: number;
  /** Undefined stores everything as it is. */
  compression: { compressor: SquashfsCompressor; level: number } | undefined;
  /** Of all files, in seconds since 1970. */
  time: number;
}

/** A file that grows: offsets are bytes. */
export interface GrowingSink {
  write(offset: number, bytes: Uint8Array): void;
}

/** The size of a block device is a multiple of this. */
const ALIGNMENT = 4096;

export class SquashfsWriter {
  private readonly list: InodeList;
  private readonly data: DataBlocks;
  private at: number;

  /** Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a file that squashfs cannot hold. */
  constructor(
    root: DirectoryNode,
    private readonly sink: GrowingSink,
    private readonly options: SquashfsOptions,
  ) {
    this.list = new InodeList(root, options);
    const contents = this.list.inodes.filter(isRegular).map(({ node }) => node.contents);
    this.data = new DataBlocks(contents, options.blockSize);
    this.at = SUPERBLOCK_SIZE;
    const given = compressorOptions(options.compression);
    if (given) this.append(metadataBlock(given, undefined));
  }

  /** Of all files that will be read. Files with the same contents count more than once. */
  get contentSize(): number {
    return this.list.inodes.reduce((sum, inode) => sum + (isRegular(inode) ? inode.node.contents.size : 0), 0);
  }

  /** Each is to be given to `write`, in this order. */
  blocks(): Generator<RawBlock, void> {
    return this.data.blocks();
  }

  /** `packed` is undefined if nothing is packed. */
  write(block: RawBlock, packed: Uint8Array | undefined): void {
    const { bytes, size } = storedBlock(block.bytes, packed);
    block.written(this.at, size);
    this.append(bytes);
  }

  /** Writes the tables, and returns the size of the whole. `pack` packs a metadata block; undefined if nothing is packed. */
  finish(pack: Pack): number {
    const { list, data, options } = this;
    const { inodes, directories, rootInode, references } = encodeTables(list, pack, {
      time: options.time,
      dataOf: ({ node }) => data.files.get((node as { contents: ByteSource }).contents)!,
    });
    const inodeTable = this.append(inodes);
    const directoryTable = this.append(directories);
    const fragmentTable = this.appendTable(fragmentEntries(data), pack);
    const exportTable = this.appendTable(references, pack);
    const ids = Buffer.alloc(4 * list.ids.length);
    list.ids.forEach((id, n) => ids.writeUInt32LE(id, 4 * n));
    const idTable = this.appendTable(ids, pack);
    const xattrs = list.xattrTable.encode(this.at, pack);
    this.append(xattrs.bytes);
    const bytesUsed = this.at;
    const size = Math.ceil(bytesUsed / ALIGNMENT) * ALIGNMENT;
    this.append(Buffer.alloc(size - bytesUsed));
    const { compression } = options;
    this.sink.write(
      0,
      encodeSuperblock({
        inodes: list.inodes.length,
        time: options.time,
        blockSize: options.blockSize,
        fragments: data.fragments.length,
        // One has to be named even if nothing is packed.
        compressor: COMPRESSOR[compression?.compressor ?? 'gzip'],
        flags: flagsOf(options, xattrs.bytes.length > 0),
        ids: list.ids.length,
        rootInode,
        bytesUsed,
        idTable,
        xattrTable: xattrs.place,
        inodeTable,
        directoryTable,
        fragmentTable,
        exportTable,
      }),
    );
    return size;
  }

  /** Returns where the bytes are. */
  private append(bytes: Uint8Array): number {
    const place = this.at;
    if (bytes.length > 0) this.sink.write(place, bytes);
    this.at += bytes.length;
    return place;
  }

  private appendTable(entries: Uint8Array, pack: Pack): number {
    const { bytes, listPlace } = encodeLookupTable(entries, this.at, pack);
    this.append(bytes);
    return listPlace;
  }
}

function fragmentEntries({ fragments }: DataBlocks): Buffer {
  const b = Buffer.alloc(16 * fragments.length);
  fragments.forEach(({ place, size }, n) => {
    b.writeBigUInt64LE(BigInt(place), 16 * n); // start_block
    b.writeUInt32LE(size, 16 * n + 8); // size
  });
  return b;
}

function flagsOf({ compression }: SquashfsOptions, hasXattrs: boolean): number {
  const stored =
    FLAG.uncompressedInodes | FLAG.uncompressedData | FLAG.uncompressedFragments | FLAG.uncompressedXattrs | FLAG.uncompressedIds;
  return (
    FLAG.duplicates | FLAG.exportable | (hasXattrs ? 0 : FLAG.noXattrs) | (compression === undefined ? stored : FLAG.compressorOptions)
  );
}

/** Which the kernel does not need, but shows what was chosen. */
function compressorOptions(compression: SquashfsOptions['compression']): Buffer | undefined {
  if (compression === undefined) return undefined;
  const b = Buffer.alloc(compression.compressor === 'gzip' ? 8 : 4);
  b.writeUInt32LE(compression.level, 0); // compression_level
  if (compression.compressor === 'gzip') b.writeUInt16LE(15, 4); // window_size
  return b;
}

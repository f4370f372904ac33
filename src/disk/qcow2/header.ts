/** qcow2's header, version 3: https://www.qemu.org/docs/master/interop/qcow2.html . All numbers big-endian. */
export const CLUSTER_BITS = 16;
export const CLUSTER = 1 << CLUSTER_BITS;
/** L2 entries, of 8 bytes, in a cluster: one L2 table maps 512 MiB. */
export const L2_ENTRIES = CLUSTER / 8;
/** Reference counts, of 16 bits, in a cluster. */
export const REFCOUNTS_PER_BLOCK = CLUSTER / 2;
/** Set in L1 and L2 entries: the cluster's reference count is exactly one. */
export const COPIED = 2n ** 63n;
export const COMPRESSED = 2n ** 62n;

export type CompressionType = 'zlib' | 'zstd';

export interface Qcow2Header {
  /** Of the virtual disk, in bytes. */
  size: number;
  l1Entries: number;
  l1Offset: number;
  refcountTableOffset: number;
  refcountTableClusters: number;
  compression: CompressionType;
}

const HEADER_LENGTH = 112;
const COMPRESSION_TYPE_BIT = 8n;

export function encodeHeader(header: Qcow2Header): Buffer {
  const b = Buffer.alloc(HEADER_LENGTH + 8); // and the end marker of the header extensions
  b.write('QFI\xfb', 0, 'latin1'); // magic
  b.writeUInt32BE(3, 4); // version
  b.writeUInt32BE(CLUSTER_BITS, 20); // cluster_bits
  b.writeBigUInt64BE(BigInt(header.size), 24); // size
  b.writeUInt32BE(header.l1Entries, 36); // l1_size
  b.writeBigUInt64BE(BigInt(header.l1Offset), 40); // l1_table_offset
  b.writeBigUInt64BE(BigInt(header.refcountTableOffset), 48); // refcount_table_offset
  b.writeUInt32BE(header.refcountTableClusters, 56); // refcount_table_clusters
  b.writeBigUInt64BE(header.compression === 'zlib' ? 0n : COMPRESSION_TYPE_BIT, 72); // incompatible_features
  b.writeUInt32BE(4, 96); // refcount_order: 16 bits
  b.writeUInt32BE(HEADER_LENGTH, 100); // header_length
  b.writeUInt8(header.compression === 'zlib' ? 0 : 1, 104); // compression_type
  return b;
}

/** Throws when the bytes are no qcow2 header of version 3. */
export function decodeHeader(b: Buffer): Qcow2Header {
  if (b.toString('latin1', 0, 4) !== 'QFI\xfb' || b.readUInt32BE(4) !== 3) throw new Error('no qcow2 of version 3');
  return {
    size: Number(b.readBigUInt64BE(24)),
    l1Entries: b.readUInt32BE(36),
    l1Offset: Number(b.readBigUInt64BE(40)),
    refcountTableOffset: Number(b.readBigUInt64BE(48)),
    refcountTableClusters: b.readUInt32BE(56),
    compression: b.readUInt32BE(100) > 104 && b[104] === 1 ? 'zstd' : 'zlib',
  };
}

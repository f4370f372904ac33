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
  /** L2 entries are of 16 bytes and describe subclusters. Defaults to false. */
  extendedL2?: boolean;
  /**
   * The file that provides the clusters that this one lacks: its path, absolute or relative to this file's folder, of at most 1023 bytes in
   * UTF-8.
   */
  backing?: string;
  /** Extensions by their numbers; programs keep unknown ones. */
  extensions?: ReadonlyMap<number, Uint8Array>;
}

/** The fields that are read from a header, which another program may have written. */
export interface FoundQcow2Header {
  /** Of the virtual disk, in bytes. */
  size: number;
  backing?: string;
  compression: CompressionType;
  /** The data are in another file, which the header names. */
  externalData: boolean;
  extensions: ReadonlyMap<number, Buffer>;
}

/** The spec's maximum length of a backing file's name, in bytes. */
export const MOST_BACKING_LENGTH = 1023;
/** Of an extension: the backing file's format. */
export const BACKING_FORMAT_EXTENSION = 0xe2792aca;

/** Offsets of the header's fields, by the spec's names. */
const FIELD = {
  magic: 0,
  version: 4,
  backing_file_offset: 8,
  backing_file_size: 16,
  cluster_bits: 20,
  size: 24,
  l1_size: 36,
  l1_table_offset: 40,
  refcount_table_offset: 48,
  refcount_table_clusters: 56,
  /** The lower half; the upper one is at 72. */
  incompatible_features: 76,
  refcount_order: 96,
  header_length: 100,
  compression_type: 104,
} as const;
const MAGIC = 0x514649fb;
const VERSION = 3;
const HEADER_LENGTH = 112;
/** Of version 2, and the least of version 3. */
const [V2_LENGTH, V3_LENGTH] = [72, 104];
/** Bits of incompatible_features. */
const [EXTERNAL_DATA, COMPRESSION_TYPE, EXTENDED_L2] = [1 << 2, 1 << 3, 1 << 4];
const ZSTD = 1;
/** Of 16 bits. */
const REFCOUNT_ORDER = 4;
/** Bytes of an extension's type and length, before its data, which are padded to a multiple of 8. */
const EXTENSION_HEADER = 8;

/** Returns the beginning of the file: the header, its extensions and the backing file's name. */
export function encodeHeader(header: Qcow2Header): Buffer {
  const extensions = Buffer.concat([
    ...[...(header.extensions ?? [])].map(([type, data]) => extension(type, data)),
    extension(0, Buffer.alloc(0)),
  ]);
  const backing = Buffer.from(header.backing ?? '', 'utf8');
  const b = Buffer.alloc(HEADER_LENGTH);
  b.writeUInt32BE(MAGIC, FIELD.magic);
  b.writeUInt32BE(VERSION, FIELD.version);
  if (backing.length > 0) {
    b.writeBigUInt64BE(BigInt(HEADER_LENGTH + extensions.length), FIELD.backing_file_offset);
    b.writeUInt32BE(backing.length, FIELD.backing_file_size);
  }
  b.writeUInt32BE(CLUSTER_BITS, FIELD.cluster_bits);
  b.writeBigUInt64BE(BigInt(header.size), FIELD.size);
  b.writeUInt32BE(header.l1Entries, FIELD.l1_size);
  b.writeBigUInt64BE(BigInt(header.l1Offset), FIELD.l1_table_offset);
  b.writeBigUInt64BE(BigInt(header.refcountTableOffset), FIELD.refcount_table_offset);
  b.writeUInt32BE(header.refcountTableClusters, FIELD.refcount_table_clusters);
  const features = (header.compression === 'zlib' ? 0 : COMPRESSION_TYPE) | (header.extendedL2 ? EXTENDED_L2 : 0);
  b.writeUInt32BE(features, FIELD.incompatible_features);
  b.writeUInt32BE(REFCOUNT_ORDER, FIELD.refcount_order);
  b.writeUInt32BE(HEADER_LENGTH, FIELD.header_length);
  b.writeUInt8(header.compression === 'zlib' ? 0 : ZSTD, FIELD.compression_type);
  return Buffer.concat([b, extensions, backing]);
}

function extension(type: number, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(EXTENSION_HEADER + Math.ceil(data.length / 8) * 8);
  bytes.writeUInt32BE(type, 0);
  bytes.writeUInt32BE(data.length, 4);
  bytes.set(data, EXTENSION_HEADER);
  return bytes;
}

/**
 * Reads a header of version 2 or later from a file's first bytes; 64 KiB are enough. Returns undefined when they are not a qcow2 header.
 */
export function decodeHeader(bytes: Uint8Array): FoundQcow2Header | undefined {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (b.length < V2_LENGTH || b.readUInt32BE(FIELD.magic) !== MAGIC) return undefined;
  const isVersion3 = b.readUInt32BE(FIELD.version) >= VERSION && b.length >= V3_LENGTH;
  const headerLength = isVersion3 ? b.readUInt32BE(FIELD.header_length) : V2_LENGTH;
  const backingOffset = Number(b.readBigUInt64BE(FIELD.backing_file_offset));
  return {
    size: Number(b.readBigUInt64BE(FIELD.size)),
    ...(backingOffset !== 0 && { backing: b.toString('utf8', backingOffset, backingOffset + b.readUInt32BE(FIELD.backing_file_size)) }),
    compression: headerLength > V3_LENGTH && b[FIELD.compression_type] === ZSTD ? 'zstd' : 'zlib',
    externalData: isVersion3 && (b.readUInt32BE(FIELD.incompatible_features) & EXTERNAL_DATA) !== 0,
    extensions: new Map(extensionsOf(b, headerLength)),
  };
}

function* extensionsOf(b: Buffer, start: number): Generator<[type: number, data: Buffer]> {
  for (let at = start; at + EXTENSION_HEADER <= b.length; ) {
    const [type, length] = [b.readUInt32BE(at), b.readUInt32BE(at + 4)];
    if (type === 0) return;
    yield [type, b.subarray(at + EXTENSION_HEADER, at + EXTENSION_HEADER + length)];
    at += EXTENSION_HEADER + Math.ceil(length / 8) * 8;
  }
}

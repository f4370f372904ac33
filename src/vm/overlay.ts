/**
 * An empty qcow2 over a backing file, made without qemu-img. It records the image it was made for: an overlay over another image, or over a
 * changed one, is a broken disk. Spec: https://www.qemu.org/docs/master/interop/qcow2.html ; all numbers big-endian.
 */
import { BootflakeError } from '../base/errors.ts';

const clusterBits = 16;
const cluster = 1 << clusterBits;
/** One L2 table of 8-byte entries maps this many bytes. */
const mappedByL2 = (cluster / 8) * cluster;
const magic = 0x514649fb;
const headerLength = 104;
/** Header extensions: the backing file's format, and ours (unknown ones are kept by every program). */
const backingFormatExtension = 0xe2792aca;
const imageExtension = 0x62666c6b;

/** The facts of its image that an overlay records. */
export interface ImageKey {
  path: string;
  /** Bytes of the file. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

export interface OverlayDescription {
  /** The backing file, absolute. */
  backing: string;
  backingFormat: 'qcow2' | 'raw';
  /** Bytes that the guest sees; beyond the backing file's end they are zeros. */
  virtualSize: number;
  image: ImageKey;
}

/** Returns the bytes of an empty overlay: header, reference count table and block, L1 table. */
export function encodeOverlay(overlay: OverlayDescription): Uint8Array {
  const l1Entries = Math.ceil(overlay.virtualSize / mappedByL2);
  const l1Clusters = Math.ceil((l1Entries * 8) / cluster);
  const bytes = Buffer.alloc((3 + l1Clusters) * cluster);
  const backing = Buffer.from(overlay.backing, 'utf8');
  const extensions = Buffer.concat([
    extension(backingFormatExtension, Buffer.from(overlay.backingFormat)),
    extension(imageExtension, Buffer.from(JSON.stringify(overlay.image))),
    extension(0, Buffer.alloc(0)),
  ]);
  // The spec: a backing file's name has at most 1023 bytes.
  if (backing.length > 1023)
    throw new BootflakeError({
      code: 'vm/path-too-long',
      message: `the image's path has ${backing.length} bytes, but a qcow2 file can store at most 1023: '${overlay.backing}'`,
    });
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(3, 4); // version
  bytes.writeBigUInt64BE(BigInt(headerLength + extensions.length), 8); // backing_file_offset
  bytes.writeUInt32BE(backing.length, 16); // backing_file_size
  bytes.writeUInt32BE(clusterBits, 20); // cluster_bits
  bytes.writeBigUInt64BE(BigInt(overlay.virtualSize), 24); // size
  bytes.writeUInt32BE(l1Entries, 36); // l1_size
  bytes.writeBigUInt64BE(BigInt(3 * cluster), 40); // l1_table_offset
  bytes.writeBigUInt64BE(BigInt(cluster), 48); // refcount_table_offset
  bytes.writeUInt32BE(1, 56); // refcount_table_clusters
  bytes.writeUInt32BE(4, 96); // refcount_order: 16 bits
  bytes.writeUInt32BE(headerLength, 100); // header_length
  extensions.copy(bytes, headerLength);
  backing.copy(bytes, headerLength + extensions.length);
  bytes.writeBigUInt64BE(BigInt(2 * cluster), cluster); // the one reference count block
  for (let used = 0; used < 3 + l1Clusters; used++) bytes.writeUInt16BE(1, 2 * cluster + 2 * used);
  return bytes;
}

function extension(type: number, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(8 + Math.ceil(data.length / 8) * 8);
  bytes.writeUInt32BE(type, 0);
  bytes.writeUInt32BE(data.length, 4);
  bytes.set(data, 8);
  return bytes;
}

export interface DiskHeader {
  format: 'qcow2' | 'raw';
  /** Of a qcow2; undefined for raw, whose virtual size is the file's. */
  virtualSize?: number;
  backing?: string;
  /** The format of the backing file; without it, qemu would detect it from its bytes. */
  backingFormat?: string;
  /** Its data are in another file, named in the header. */
  externalData?: boolean;
  /** The image that one of our overlays was made for. */
  image?: ImageKey;
}

/** Parses a disk's first bytes (64 KiB are enough). Anything but qcow2 is raw. */
export function decodeDiskHeader(bytes: Uint8Array): DiskHeader {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (b.length < 72 || b.readUInt32BE(0) !== magic) return { format: 'raw' };
  const header: DiskHeader = { format: 'qcow2', virtualSize: Number(b.readBigUInt64BE(24)) };
  const backingOffset = Number(b.readBigUInt64BE(8));
  if (backingOffset !== 0) header.backing = b.toString('utf8', backingOffset, backingOffset + b.readUInt32BE(16));
  const isVersion3 = b.readUInt32BE(4) >= 3 && b.length >= headerLength;
  // incompatible_features, bit 2
  if (isVersion3 && (b.readUInt32BE(76) & 4) !== 0) header.externalData = true;
  for (const [type, data] of extensionsOf(b, isVersion3 ? b.readUInt32BE(100) : 72)) {
    if (type === backingFormatExtension) header.backingFormat = data.toString('latin1');
    const image = type === imageExtension ? readImageKey(data.toString('utf8')) : undefined;
    if (image) header.image = image;
  }
  return header;
}

function* extensionsOf(b: Buffer, start: number): Generator<[type: number, data: Buffer]> {
  for (let at = start; at + 8 <= b.length; ) {
    const [type, length] = [b.readUInt32BE(at), b.readUInt32BE(at + 4)];
    if (type === 0) return;
    yield [type, b.subarray(at + 8, at + 8 + length)];
    at += 8 + Math.ceil(length / 8) * 8;
  }
}

function readImageKey(text: string): ImageKey | undefined {
  try {
    const { path, size, modified } = JSON.parse(text) as Partial<ImageKey>;
    return typeof path === 'string' && typeof size === 'number' && typeof modified === 'number' ? { path, size, modified } : undefined;
  } catch {
    return undefined;
  }
}

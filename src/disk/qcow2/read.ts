/**
 * Reads a disk from a qcow2, version 2 or 3, with plain and compressed clusters and subclusters ("extended L2 entries"):
 * https://www.qemu.org/docs/master/interop/qcow2.html . Every field may be hostile. Snapshots are not read.
 */
import { BadImage, quoted } from '../bad-image.ts';
import type { BlockPlan } from '../block-plan.ts';
import { diskSize, safeNumber, type ImageBytes } from '../image-bytes.ts';
import { ImageRuns } from '../image-runs.ts';
import { COMPRESSED, type CompressionType } from './header.ts';

/** Returns the first `length` bytes of what the packed bytes, which may be followed by others, unpack to. Throws when they have fewer. */
export type UnpackCluster = (packed: Uint8Array, length: number, compression: CompressionType) => Uint8Array;

/** Offsets of the header's fields, by the specification's names. */
const FIELD = {
  version: 4,
  backing_file_offset: 8,
  backing_file_size: 16,
  cluster_bits: 20,
  size: 24,
  crypt_method: 32,
  l1_size: 36,
  l1_table_offset: 40,
  incompatible_features: 72,
  header_length: 100,
  compression_type: 104,
} as const;
const [V2_LENGTH, V3_LENGTH] = [72, 104];
const [LEAST_CLUSTER_BITS, MOST_CLUSTER_BITS] = [9, 21];
const MOST_L1 = 32 << 20;

/** Bits of incompatible_features. A dirty image has wrong reference counts, which a reader does not need. */
const FEATURE = { dirty: 1n, corrupt: 2n, externalData: 4n, compressionType: 8n, extendedL2: 16n };
const KNOWN_FEATURES = 31n;

const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
const ALL_ZEROS = 1n;
/** Of an entry with subclusters. */
const SUBCLUSTERS = 32;

interface Header {
  size: number;
  clusterBits: number;
  l1Offset: number;
  l1Entries: number;
  compression: CompressionType;
  extended: boolean;
}

/** Yields the bytes that are read. Throws BadImage. */
export function* readQcow2(bytes: ImageBytes, unpack: UnpackCluster): Generator<number, BlockPlan> {
  const header = readHeader(bytes);
  const { size, clusterBits, extended, compression } = header;
  const cluster = 2 ** clusterBits;
  const entrySize = extended ? 16 : 8;
  const perTable = cluster / entrySize;
  const runs = new ImageRuns(bytes, size);
  runs.addTable(0, cluster);
  runs.addTable(header.l1Offset, header.l1Entries * 8);
  const l1 = bytes.read(header.l1Offset, header.l1Entries * 8, 'the L1 table');
  const tables = new Set<number>();
  const packedShift = BigInt(62 - (clusterBits - 8));
  for (let n = 0; n * perTable * cluster < size; n++) {
    const at = header.l1Offset + n * 8;
    const table = Number(l1.readBigUInt64BE(n * 8) & OFFSET_MASK);
    if (table === 0) continue;
    if (table % cluster !== 0) throw new BadImage(`L2 table ${n} is at ${table}, which is within a cluster`, { offset: at });
    if (tables.has(table)) throw new BadImage(`L2 table ${n} is at ${table}, where another one is, too`, { offset: at });
    tables.add(table);
    runs.addTable(table, cluster);
    const entries = bytes.read(table, cluster, `L2 table ${n}`);
    yield cluster;
    for (let m = 0; m < perTable; m++) {
      const guest = (n * perTable + m) * cluster;
      if (guest >= size) break;
      const entry = entries.readBigUInt64BE(m * entrySize);
      const offset = table + m * entrySize;
      const bitmap = extended ? entries.readBigUInt64BE(m * entrySize + 8) : 0n;
      if ((entry & COMPRESSED) !== 0n) {
        if (bitmap !== 0n) throw new BadImage(`a compressed cluster has subclusters`, { offset });
        const place = Number(entry & ((1n << packedShift) - 1n));
        const sectors = Number((entry & (COMPRESSED - 1n)) >> packedShift) + 1;
        runs.addPacked(guest, place, sectors * 512 - (place % 512), cluster);
        continue;
      }
      const place = Number(entry & OFFSET_MASK);
      if (place % cluster !== 0) throw new BadImage(`a cluster's place is ${place}, which is within a cluster`, { offset });
      if (extended) addSubclusters(runs, { guest, place, bitmap, cluster, offset });
      else if (place !== 0 && (entry & ALL_ZEROS) === 0n) runs.add(guest, place, cluster);
    }
  }
  return runs.plan((place, packedLength, length, guest) => {
    try {
      return unpack(bytes.read(place, packedLength, 'a compressed cluster'), cluster, compression).subarray(0, length);
    } catch (error) {
      if (error instanceof BadImage) throw error;
      throw new BadImage(`the compressed cluster of byte ${guest} of the disk cannot be unpacked: ${(error as Error).message}`, {
        offset: place,
      });
    }
  });
}

interface Cluster {
  guest: number;
  place: number;
  bitmap: bigint;
  cluster: number;
  offset: number;
}

/** The lower half of the bitmap says which subclusters are there, the upper one which are zeros. */
function addSubclusters(runs: ImageRuns, { guest, place, bitmap, cluster, offset }: Cluster): void {
  const [there, zeros] = [Number(bitmap & 0xffff_ffffn), Number(bitmap >> 32n)];
  if ((there & zeros) !== 0) throw new BadImage('a subcluster is there and all zeros at once', { offset });
  if (there !== 0 && place === 0) throw new BadImage('subclusters are at no place', { offset });
  const length = cluster / SUBCLUSTERS;
  for (let n = 0; n < SUBCLUSTERS; n++) if ((there & (1 << n)) !== 0) runs.add(guest + n * length, place + n * length, length);
}

function readHeader(bytes: ImageBytes): Header {
  const b = bytes.read(0, Math.min(bytes.size, 4096), 'the header');
  const version = b.length < V2_LENGTH ? 0 : b.readUInt32BE(FIELD.version);
  const isV3 = version === 3;
  if (version !== 2 && (!isV3 || b.length < V3_LENGTH))
    throw new BadImage(`the version is ${version}: there are 2 and 3`, { offset: FIELD.version });
  const headerLength = isV3 ? b.readUInt32BE(FIELD.header_length) : V2_LENGTH;
  const clusterBits = b.readUInt32BE(FIELD.cluster_bits);
  if (clusterBits < LEAST_CLUSTER_BITS || clusterBits > MOST_CLUSTER_BITS)
    throw new BadImage(`cluster_bits is ${clusterBits}, not ${LEAST_CLUSTER_BITS} to ${MOST_CLUSTER_BITS}`, { offset: FIELD.cluster_bits });
  if (b.readUInt32BE(FIELD.crypt_method) !== 0)
    throw new BadImage('the image is encrypted', {
      offset: FIELD.crypt_method,
      hint: 'Decrypt it first: qemu-img convert with --object secret.',
    });
  refuseBacking(bytes, b);
  const features = isV3 ? b.readBigUInt64BE(FIELD.incompatible_features) : 0n;
  checkFeatures(features);
  const extended = (features & FEATURE.extendedL2) !== 0n;
  if (extended && clusterBits < 14)
    throw new BadImage(`cluster_bits is ${clusterBits}: subclusters need 14 at least`, { offset: FIELD.cluster_bits });
  const type = headerLength > V3_LENGTH && b.length > FIELD.compression_type ? b.readUInt8(FIELD.compression_type) : 0;
  if (type > 1) throw new BadImage(`compression_type is ${type}: there are 0 (zlib) and 1 (zstd)`, { offset: FIELD.compression_type });
  const size = diskSize(b.readBigUInt64BE(FIELD.size), FIELD.size);
  const l1Entries = b.readUInt32BE(FIELD.l1_size);
  const perL1 = (2 ** clusterBits / (extended ? 16 : 8)) * 2 ** clusterBits;
  if (l1Entries * 8 > MOST_L1) throw new BadImage(`l1_size is ${l1Entries}, at most ${MOST_L1 / 8} are read`, { offset: FIELD.l1_size });
  if (l1Entries * perL1 < size)
    throw new BadImage(`l1_size is ${l1Entries}, too few for a disk of ${size} bytes`, { offset: FIELD.l1_size });
  const l1Offset = safeNumber(b.readBigUInt64BE(FIELD.l1_table_offset), 'l1_table_offset', FIELD.l1_table_offset);
  return { size, clusterBits, extended, l1Entries, l1Offset, compression: type === 1 ? 'zstd' : 'zlib' };
}

/** The name is shown and never opened. */
function refuseBacking(bytes: ImageBytes, b: Buffer): void {
  const offset = safeNumber(b.readBigUInt64BE(FIELD.backing_file_offset), 'backing_file_offset', FIELD.backing_file_offset);
  if (offset === 0) return;
  const length = Math.min(1023, b.readUInt32BE(FIELD.backing_file_size));
  const name = bytes.read(offset, length, "the backing file's name").toString('utf8');
  throw new BadImage(`the image holds only what differs from another, ${quoted(name)}`, {
    offset,
    hint: 'Join the two first: qemu-img convert -O qcow2 of this image, if you trust the name in it.',
  });
}

function checkFeatures(features: bigint): void {
  const at = { offset: FIELD.incompatible_features };
  if ((features & FEATURE.corrupt) !== 0n)
    throw new BadImage('the image is marked as corrupt', { ...at, hint: 'Repair a copy of it: qemu-img check -r all.' });
  if ((features & FEATURE.externalData) !== 0n)
    throw new BadImage('the data are in another file', {
      ...at,
      hint: 'Join them first: qemu-img convert -O qcow2, if you trust the name in it.',
    });
  if ((features & ~KNOWN_FEATURES) !== 0n) throw new BadImage(`incompatible_features has unknown bits: 0x${features.toString(16)}`, at);
}

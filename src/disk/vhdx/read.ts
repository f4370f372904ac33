/** Reads a disk from a VHDX, dynamic or fixed: MS-VHDX. Every field may be hostile. A log that would have to be replayed is refused. */
import { BadImage, quoted } from '../bad-image.ts';
import type { BlockPlan } from '../block-plan.ts';
import { crc32c } from '../crc32c.ts';
import { diskSize, isPowerOfTwo, safeNumber, type ImageBytes } from '../image-bytes.ts';
import { ImageRuns } from '../image-runs.ts';
import { mixedEndian, uuidText } from '../seeded-uuid.ts';
import { ITEM, REGION } from './plan.ts';

const [KiB, MiB] = [2 ** 10, 2 ** 20];
const HEADER_LENGTH = 4 * KiB;
const REGIONS_LENGTH = 64 * KiB;
const [HEADERS, REGIONS] = [
  [64 * KiB, 128 * KiB],
  [192 * KiB, 256 * KiB],
];
const FIELD = { sequence: 8, logGuid: 48, logVersion: 64, version: 66 } as const;
const MOST_ENTRIES = 2047;
const ENTRY = 32;
const REQUIRED_REGION = 1;
const [IS_REQUIRED_ITEM, HAS_PARENT] = [4, 2];
/** Bits of an entry of the table. */
const [STATE, PLACE] = [7n, ~0xf_ffffn];
const [FULLY_PRESENT, PARTIALLY_PRESENT] = [6, 7];
/** Of payload blocks between the entries of bitmaps: 2^23 sectors. */
const CHUNK_SECTORS = 2 ** 23;

/** Throws BadImage. */
export function readVhdx(bytes: ImageBytes): BlockPlan {
  checkHeader(bytes);
  const regions = readRegions(bytes);
  const { size, blockSize, sector } = readMetadata(bytes, regions.metadata);
  const chunk = (CHUNK_SECTORS * sector) / blockSize;
  const blocks = Math.ceil(size / blockSize);
  const entries = blocks + Math.floor((blocks - 1) / chunk);
  if (entries * 8 > regions.table.length)
    throw new BadImage(`the table has ${regions.table.length} bytes, a disk of ${size} bytes needs ${entries * 8}`, {
      offset: regions.table.offset,
    });
  const table = bytes.read(regions.table.offset, entries * 8, 'the table of blocks');
  const runs = new ImageRuns(bytes, size);
  // The first mebibyte is that of the headers.
  for (const { offset, length } of [{ offset: 0, length: MiB }, regions.table, regions.metadata]) runs.addTable(offset, length);
  for (let block = 0; block < blocks; block++) {
    const index = block + Math.floor(block / chunk);
    const entry = table.readBigUInt64LE(index * 8);
    const state = Number(entry & STATE);
    const offset = regions.table.offset + index * 8;
    if (state === PARTIALLY_PRESENT || state === 4 || state === 5)
      throw new BadImage(`block ${block} has the state ${state}, which a disk by itself does not have`, { offset });
    if (state === FULLY_PRESENT) runs.add(block * blockSize, safeNumber(entry & PLACE, "a block's place", offset), blockSize);
  }
  return runs.plan();
}

/** The valid header with the larger number holds. */
function checkHeader(bytes: ImageBytes): void {
  const valid = HEADERS!
    .map((offset) => ({ offset, b: bytes.read(offset, HEADER_LENGTH, 'a header') }))
    .filter(({ b }) => b.toString('latin1', 0, 4) === 'head' && hasChecksum(b));
  const [current] = valid.sort((one, other) => Number(other.b.readBigUInt64LE(FIELD.sequence) - one.b.readBigUInt64LE(FIELD.sequence)));
  if (!current) throw new BadImage('neither header is whole', { offset: HEADERS![0] });
  const { b, offset } = current;
  const [version, logVersion] = [b.readUInt16LE(FIELD.version), b.readUInt16LE(FIELD.logVersion)];
  if (version !== 1) throw new BadImage(`the version is ${version}: there is 1`, { offset: offset + FIELD.version });
  if (b.subarray(FIELD.logGuid, FIELD.logGuid + 16).some((byte) => byte !== 0))
    throw new BadImage(`the log (version ${logVersion}) has writes that are not in the image yet`, {
      offset: offset + FIELD.logGuid,
      hint: 'It was not closed. Let a copy be repaired: qemu-img check -r all -f vhdx FILE, or mount it once in Windows.',
    });
}

interface Region {
  offset: number;
  length: number;
}

function readRegions(bytes: ImageBytes): { table: Region; metadata: Region } {
  const found = REGIONS!
    .map((offset) => ({ offset, b: bytes.read(offset, REGIONS_LENGTH, 'the table of regions') }))
    .find(({ b }) => b.toString('latin1', 0, 4) === 'regi' && hasChecksum(b));
  if (!found) throw new BadImage('neither table of regions is whole', { offset: REGIONS![0] });
  const { b, offset: start } = found;
  const regions = new Map<string, Region>();
  for (const at of entriesOf(b.readUInt32LE(8), 16, start + 8)) {
    const id = b.toString('hex', at, at + 16);
    if (regions.has(id)) throw new BadImage(`the region ${guidText(b, at)} is there twice`, { offset: start + at });
    const isKnown = id === REGION.table.toString('hex') || id === REGION.metadata.toString('hex');
    if (!isKnown && (b.readUInt32LE(at + 28) & REQUIRED_REGION) !== 0)
      throw new BadImage(`the region ${guidText(b, at)} is required, and unknown`, { offset: start + at });
    const region = { offset: safeNumber(b.readBigUInt64LE(at + 16), "a region's place", start + at + 16), length: b.readUInt32LE(at + 24) };
    if (isKnown) bytes.check(region.offset, region.length, 'a region');
    regions.set(id, region);
  }
  const table = regions.get(REGION.table.toString('hex'));
  const metadata = regions.get(REGION.metadata.toString('hex'));
  if (!table || !metadata) throw new BadImage(`there is no region of ${table ? 'metadata' : 'blocks'}`, { offset: start });
  return { table, metadata };
}

function readMetadata(bytes: ImageBytes, region: Region): { size: number; blockSize: number; sector: number } {
  const start = region.offset;
  const b = bytes.read(start, Math.min(region.length, REGIONS_LENGTH), 'the table of metadata');
  if (b.length < REGIONS_LENGTH || b.toString('latin1', 0, 8) !== 'metadata')
    throw new BadImage('there is no table of metadata', { offset: start });
  const items = new Map<string, number>();
  const known = new Map(Object.entries(ITEM).map(([name, id]) => [id.toString('hex'), name]));
  for (const at of entriesOf(b.readUInt16LE(10), 32, start + 10)) {
    const name = known.get(b.toString('hex', at, at + 16));
    const [place, flags] = [b.readUInt32LE(at + 16), b.readUInt32LE(at + 24)];
    if (name === undefined) {
      if ((flags & IS_REQUIRED_ITEM) !== 0 && guidText(b, at) !== PARENT)
        throw new BadImage(`the metadata ${guidText(b, at)} are required, and unknown`, { offset: start + at });
      continue;
    }
    if (items.has(name)) throw new BadImage(`the metadata ${quoted(name)} are there twice`, { offset: start + at });
    items.set(name, start + place);
  }
  const item = (name: keyof typeof ITEM, length: number): { at: number; data: Buffer } => {
    const at = items.get(name);
    if (at === undefined) throw new BadImage(`the metadata have no ${name}`, { offset: start });
    if (at + length > start + region.length) throw new BadImage(`${name} is outside of the metadata`, { offset: start });
    return { at, data: bytes.read(at, length, name) };
  };
  const parameters = item('fileParameters', 8);
  const blockSize = parameters.data.readUInt32LE(0);
  if (!isPowerOfTwo(blockSize, MiB, 256 * MiB))
    throw new BadImage(`the blocks' size is ${blockSize}, no power of two from 1 to 256 MiB`, { offset: parameters.at });
  if ((parameters.data.readUInt32LE(4) & HAS_PARENT) !== 0)
    throw new BadImage('the image holds only what differs from another', {
      offset: parameters.at + 4,
      hint: 'Merge them first, in Hyper-V with Merge-VHD.',
    });
  const sectorItem = item('logicalSector', 4);
  const sector = sectorItem.data.readUInt32LE(0);
  if (sector !== 512 && sector !== 4096)
    throw new BadImage(`the sectors' size is ${sector}: there are 512 and 4096`, { offset: sectorItem.at });
  const sizeItem = item('size', 8);
  return { size: diskSize(sizeItem.data.readBigUInt64LE(0), sizeItem.at), blockSize, sector };
}

/** Of a differencing disk, which is refused by its flag. */
const PARENT = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';

/** The places of a table's entries, which begin at `first`. */
function* entriesOf(count: number, first: number, offset: number): Generator<number> {
  if (count > MOST_ENTRIES) throw new BadImage(`the table has ${count} entries, at most ${MOST_ENTRIES} are allowed`, { offset });
  for (let n = 0; n < count; n++) yield first + n * ENTRY;
}

function guidText(b: Buffer, at: number): string {
  return uuidText(mixedEndian(b.subarray(at, at + 16)));
}

/** CRC-32C of the whole, with the field itself as zeros. */
function hasChecksum(b: Buffer): boolean {
  const copy = Buffer.from(b);
  copy.writeUInt32LE(0, 4);
  return ~crc32c(~0, copy) >>> 0 === b.readUInt32LE(4);
}

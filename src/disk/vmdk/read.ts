/**
 * Reads a disk from a VMDK in one file, sparse or stream-optimized: VMware's "Virtual Disk Format 5.0". Every field may be hostile.
 * Descriptors that name other files are refused.
 */
import { BadImage, quoted } from '../bad-image.ts';
import type { BlockPlan } from '../block-plan.ts';
import { diskSize, isPowerOfTwo, safeNumber, type ImageBytes } from '../image-bytes.ts';
import { ImageRuns } from '../image-runs.ts';
import { SECTOR, VMDK_FIELD as FIELD } from './header.ts';

/** Returns what the packed bytes, of zlib's format, unpack to, at most `most` bytes. */
export type UnpackGrain = (packed: Uint8Array, most: number) => Uint8Array;

/** Bits of `flags`. */
const FLAG = { zeroedGrains: 1 << 2, compressed: 1 << 16, markers: 1 << 17 } as const;
/** An entry for a grain of zeros, if `zeroedGrains` is set. */
const ZEROED = 1;
const DEFLATE = 1;
const AT_END = 2n ** 64n - 1n;
const [LEAST_GRAIN, MOST_GRAIN] = [4096, 2 << 20];
const MOST_DESCRIPTOR = 64 << 10;
/** Before a packed grain's bytes, with its sector and without. */
const [MARKER, BARE_MARKER] = [12, 4];
const text = '# Disk DescriptorFile';

export function isVmdkDescriptor(beginning: Buffer): boolean {
  return beginning.toString('latin1', 0, text.length).toLowerCase() === text.toLowerCase();
}

/** Yields the bytes that are read. Throws BadImage. */
export function* readVmdk(bytes: ImageBytes, unpack: UnpackGrain): Generator<number, BlockPlan> {
  if (isVmdkDescriptor(bytes.read(0, Math.min(bytes.size, SECTOR), 'the beginning'))) refuseDescriptor(bytes);
  const first = bytes.read(0, SECTOR, 'the header');
  if (first.toString('latin1', 0, 4) !== 'KDMV')
    throw new BadImage(`it begins with ${quoted(first.toString('latin1', 0, 4))}: only VMDKs of version 4 are read`, { offset: 0 });
  const atEnd = first.readBigUInt64LE(FIELD.directory) === AT_END;
  // The footer is before the marker of the end.
  const headerAt = atEnd ? bytes.size - 2 * SECTOR : 0;
  const b = atEnd ? bytes.read(headerAt, SECTOR, 'the footer') : first;
  if (b.toString('latin1', 0, 4) !== 'KDMV') throw new BadImage('the file does not end with the copy of its header', { offset: headerAt });
  const version = b.readUInt32LE(FIELD.version);
  if (version < 1 || version > 3) throw new BadImage(`the version is ${version}: there are 1 to 3`, { offset: headerAt + FIELD.version });
  const flags = b.readUInt32LE(FIELD.flags);
  const isPacked = (flags & FLAG.compressed) !== 0;
  const compression = b.readUInt16LE(FIELD.compression);
  if (isPacked && compression !== DEFLATE)
    throw new BadImage(`compressAlgorithm is ${compression}: there is ${DEFLATE}, deflate`, { offset: headerAt + FIELD.compression });
  const sectors = (field: number, what: string): number => safeNumber(b.readBigUInt64LE(field) * BigInt(SECTOR), what, headerAt + field);
  const size = diskSize(b.readBigUInt64LE(FIELD.capacity) * BigInt(SECTOR), headerAt + FIELD.capacity);
  const grain = sectors(FIELD.grainSize, "the grains' size");
  if (!isPowerOfTwo(grain, LEAST_GRAIN, MOST_GRAIN))
    throw new BadImage(`the grains' size is ${grain} bytes, no power of two from ${LEAST_GRAIN} to ${MOST_GRAIN}`, {
      offset: headerAt + FIELD.grainSize,
    });
  const perTable = b.readUInt32LE(FIELD.entriesPerTable);
  if (!isPowerOfTwo(perTable, 1, 65_536))
    throw new BadImage(`numGTEsPerGT is ${perTable}, no power of two up to 65536`, { offset: headerAt + FIELD.entriesPerTable });
  checkEmbedded(bytes, first);
  const tables = Math.ceil(size / grain / perTable);
  const directoryAt = sectors(FIELD.directory, "the directory's place");
  const directory = bytes.read(directoryAt, tables * 4, 'the directory of tables');
  const seen = new Set<number>();
  const runs = new ImageRuns(bytes, size);
  runs.addTable(0, SECTOR);
  runs.addTable(directoryAt, directory.length);
  for (let n = 0; n < tables; n++) {
    const place = directory.readUInt32LE(n * 4) * SECTOR;
    if (place === 0) continue;
    if (seen.has(place)) throw new BadImage(`table ${n} is at ${place}, where another one is, too`, { offset: directoryAt + n * 4 });
    seen.add(place);
    const count = Math.min(perTable, Math.ceil(size / grain) - n * perTable);
    const table = bytes.read(place, count * 4, `table ${n}`);
    runs.addTable(place, table.length);
    yield table.length;
    for (let m = 0; m < count; m++) {
      const sector = table.readUInt32LE(m * 4);
      if (sector === 0 || (sector === ZEROED && (flags & FLAG.zeroedGrains) !== 0)) continue;
      const guest = (n * perTable + m) * grain;
      if (isPacked) runs.addPacked(guest, sector * SECTOR, SECTOR, grain);
      else runs.add(guest, sector * SECTOR, grain);
    }
  }
  return runs.plan((place, _, length, guest) =>
    unpackGrain(bytes, { place, length, guest, grain, marked: (flags & FLAG.markers) !== 0 }, unpack),
  );
}

interface PackedGrain {
  place: number;
  length: number;
  guest: number;
  grain: number;
  marked: boolean;
}

function unpackGrain(bytes: ImageBytes, { place, length, guest, grain, marked }: PackedGrain, unpack: UnpackGrain): Uint8Array {
  const header = marked ? MARKER : BARE_MARKER;
  const marker = bytes.read(place, header, "a grain's marker");
  if (marked && marker.readBigUInt64LE(0) !== BigInt(guest / SECTOR))
    throw new BadImage(`the grain of sector ${guest / SECTOR} says that it is that of ${marker.readBigUInt64LE(0)}`, { offset: place });
  const packed = marker.readUInt32LE(header - 4);
  if (packed > 2 * grain) throw new BadImage(`the grain of sector ${guest / SECTOR} has ${packed} bytes packed`, { offset: place });
  let unpacked: Uint8Array;
  try {
    unpacked = unpack(bytes.read(place + header, packed, 'a packed grain'), grain);
  } catch (error) {
    if (error instanceof BadImage) throw error;
    throw new BadImage(`the grain of sector ${guest / SECTOR} cannot be unpacked: ${(error as Error).message}`, { offset: place });
  }
  if (unpacked.length < length)
    throw new BadImage(`the grain of sector ${guest / SECTOR} has only ${unpacked.length} bytes`, { offset: place });
  return unpacked.subarray(0, length);
}

/** A disk with a parent, or a part of one in several files, has it in the descriptor inside. */
function checkEmbedded(bytes: ImageBytes, header: Buffer): void {
  const length = Math.min(
    MOST_DESCRIPTOR,
    safeNumber(header.readBigUInt64LE(FIELD.descriptorSize) * BigInt(SECTOR), 'descriptorSize', FIELD.descriptorSize),
  );
  if (length === 0) return;
  const offset = safeNumber(header.readBigUInt64LE(FIELD.descriptorOffset) * BigInt(SECTOR), 'descriptorOffset', FIELD.descriptorOffset);
  const lines = bytes.read(offset, length, 'the descriptor').toString('latin1').split('\n');
  const parent = valueOf(lines, 'parentCID');
  if (parent !== undefined && parent.toLowerCase() !== 'ffffffff')
    throw new BadImage('the image holds only what differs from another', {
      offset,
      hint: 'Join them first with vmware-vdiskmanager or qemu-img convert.',
    });
  const kind = valueOf(lines, 'createType') ?? '';
  if (!/^"?(monolithicSparse|streamOptimized)"?$/.test(kind)) throw severalFiles(kind, offset);
}

/** The file is a text that names the files with the data. */
function refuseDescriptor(bytes: ImageBytes): never {
  const lines = bytes.read(0, Math.min(bytes.size, MOST_DESCRIPTOR), 'the descriptor').toString('latin1').split('\n');
  const names = lines.flatMap((line) => /^(?:RW|RDONLY|NOACCESS) \d+ \w+ "([^"]*)"/.exec(line)?.slice(1) ?? []);
  throw severalFiles(valueOf(lines, 'createType') ?? '', 0, names);
}

function severalFiles(kind: string, offset: number, names: string[] = []): BadImage {
  const shown = names.slice(0, 3).map(quoted).join(', ');
  return new BadImage(
    `the VMDK is of the kind ${quoted(kind.replaceAll('"', ''))}${names.length > 0 ? `, with its data in ${shown}` : ''}`,
    {
      offset,
      hint:
        'Only VMDKs in one file are read. If the data are one flat file, convert that, with --input-format raw; else join them with ' +
        'vmware-vdiskmanager or qemu-img convert.',
    },
  );
}

function valueOf(lines: string[], name: string): string | undefined {
  const line = lines.find((one) => one.replace(/\s*=.*/s, '').trim() === name);
  return line?.replace(/^[^=]*=/, '').trim();
}

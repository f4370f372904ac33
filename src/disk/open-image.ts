/** Finds out the format of a disk image and reads its tables. */
import type { ByteSource } from '../tree/file-tree.ts';
import { BadImage } from './bad-image.ts';
import type { BlockPlan, Extent } from './block-plan.ts';
import { ImageBytes } from './image-bytes.ts';
import { readQcow2, type UnpackCluster } from './qcow2/read.ts';
import { readVdi } from './vdi/read.ts';
import { readVhd } from './vhd/read.ts';
import { readVhdx } from './vhdx/read.ts';
import { isVmdkDescriptor, readVmdk, type UnpackGrain } from './vmdk/read.ts';

/** By qemu-img's names. */
export const readableFormats = ['raw', 'qcow2', 'vmdk', 'vdi', 'vpc', 'vhdx'] as const;
export type ReadableFormat = (typeof readableFormats)[number];

export interface Unpackers {
  cluster: UnpackCluster;
  grain: UnpackGrain;
}

const SECTOR = 512;
const BEGINNING = 4096;
/** Zeros are looked for in pieces of this many bytes, several of which are read at once. */
const [ZERO_PIECE, READ_PIECE] = [64 << 10, 4 << 20];
const ZEROS = Buffer.alloc(ZERO_PIECE);

/** Formats that are recognised to be refused. */
const packed: [magic: string, name: string, hint: string][] = [
  ['\x1f\x8b', 'packed by gzip', 'Unpack it first: gunzip.'],
  ['\xfd7zXZ\0', 'packed by xz', 'Unpack it first: unxz.'],
  ['\x28\xb5\x2f\xfd', 'packed by zstd', 'Unpack it first: unzstd.'],
  ['BZh', 'packed by bzip2', 'Unpack it first: bunzip2.'],
  ['PK\x03\x04', 'a zip archive', 'Unpack it first: unzip.'],
  ['QED\0', 'a QED image', 'Convert it with qemu-img convert.'],
  ['COWD', 'a VMDK of version 3', 'Convert it with qemu-img convert.'],
  ['VMA\0', 'a VMA', 'Extract its disk first: vma extract.'],
];

/** Throws BadImage for a format that cannot be read. A file without any mark is a raw disk. */
export function detectFormat(source: ByteSource): ReadableFormat {
  const bytes = new ImageBytes(source);
  const b = bytes.read(0, Math.min(bytes.size, BEGINNING), 'the beginning');
  const begins = (magic: string, at = 0): boolean => b.toString('latin1', at, at + magic.length) === magic;
  if (begins('QFI\xfb')) return 'qcow2';
  if (begins('KDMV') || isVmdkDescriptor(b)) return 'vmdk';
  if (begins('\x7f\x10\xda\xbe', 0x40)) return 'vdi';
  if (begins('vhdxfile')) return 'vhdx';
  if (begins('conectix')) return 'vpc';
  if (bytes.size >= SECTOR && bytes.read(bytes.size - SECTOR, 8, 'the end').toString('latin1') === 'conectix') return 'vpc';
  const other = packed.find(([magic]) => begins(magic));
  if (other)
    throw new BadImage(`it is ${other[1]}, not a disk image`, {
      hint: `${other[2]} If it is a raw disk all the same, say --input-format raw.`,
    });
  if (begins('ustar', 257))
    throw new BadImage('it is a tar archive, not a disk image', { hint: 'Unpack it first: tar -xf. An OVA has its disk as .vmdk.' });
  return 'raw';
}

export interface Opening {
  unpackers: Unpackers;
  /** The extents of a raw disk are those that are not zeros, for which it is read; otherwise they are all that the file has. */
  exact: boolean;
  /** Where the file may have data, ascending. Defaults to everywhere. */
  data?: Extent[] | undefined;
}

/** Yields the bytes that are read. Throws BadImage. */
export function* openImage(source: ByteSource, format: ReadableFormat, { unpackers, exact, data }: Opening): Generator<number, BlockPlan> {
  const bytes = new ImageBytes(source);
  switch (format) {
    case 'raw':
      return yield* readRaw(bytes, bytes.size, exact, data);
    case 'qcow2':
      return yield* readQcow2(bytes, unpackers.cluster);
    case 'vmdk':
      return yield* readVmdk(bytes, unpackers.grain);
    case 'vdi':
      return readVdi(bytes);
    case 'vhdx':
      return readVhdx(bytes);
    case 'vpc': {
      const disk = readVhd(bytes);
      return disk.kind === 'dynamic' ? disk.plan : yield* readRaw(bytes, disk.size, exact, data);
    }
  }
}

/** The first `length` bytes as a disk of whole sectors. */
function* readRaw(bytes: ImageBytes, length: number, exact: boolean, data: Extent[] | undefined): Generator<number, BlockPlan> {
  if (length === 0) throw new BadImage('it is empty');
  const size = Math.ceil(length / SECTOR) * SECTOR;
  const present = (data ?? [{ start: 0, length }]).flatMap(({ start, length: count }) => {
    const used = Math.min(count, length - start);
    return used > 0 ? [{ start, length: used }] : [];
  });
  const extents = exact ? yield* findData(bytes, present) : present;
  return {
    size,
    extents,
    *write(sink) {
      const buffer = Buffer.allocUnsafe(1 << 20);
      for (const extent of extents) {
        for (let done = 0; done < extent.length; done += buffer.length) {
          const piece = buffer.subarray(0, Math.min(buffer.length, extent.length - done));
          bytes.fill(piece, extent.start + done);
          sink.write(extent.start + done, piece);
          yield piece.length;
        }
      }
    },
  };
}

function* findData(bytes: ImageBytes, present: Extent[]): Generator<number, Extent[]> {
  const extents: Extent[] = [];
  const buffer = Buffer.allocUnsafe(READ_PIECE);
  for (const { start, length } of present) {
    for (let at = start; at < start + length; ) {
      // Pieces end at multiples of their size.
      const read = buffer.subarray(0, Math.min(READ_PIECE - (at % ZERO_PIECE), start + length - at));
      bytes.fill(read, at);
      for (let inside = 0; inside < read.length; ) {
        const piece = read.subarray(inside, inside + ZERO_PIECE - ((at + inside) % ZERO_PIECE));
        if (!piece.equals(ZEROS.subarray(0, piece.length))) addExtent(extents, at + inside, piece.length);
        inside += piece.length;
      }
      at += read.length;
      yield read.length;
    }
  }
  return extents;
}

function addExtent(extents: Extent[], start: number, length: number): void {
  const last = extents.at(-1);
  if (last && last.start + last.length === start) last.length += length;
  else extents.push({ start, length });
}

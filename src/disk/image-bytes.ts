import type { ByteSource } from '../tree/file-tree.ts';
import { BadImage } from './bad-image.ts';

/** The most bytes of a table that is read at once. */
const MOST_TABLE = 256 << 20;
/** The largest disk, in bytes: numbers up to here are exact. */
const MOST_DISK = 2 ** 53 - 2 ** 20;

/** Reads of an image's file, each checked: a field may have any value. */
export class ImageBytes {
  readonly size: number;
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    this.source = source;
    this.size = source.size;
  }

  /** `what` is named in the message when the file ends before. Throws BadImage. */
  read(offset: number, length: number, what: string): Buffer {
    this.check(offset, length, what);
    if (length > MOST_TABLE) throw new BadImage(`${what} has ${length} bytes, more than the ${MOST_TABLE} that are read`, { offset });
    const bytes = Buffer.allocUnsafe(length);
    this.source.read(bytes, offset);
    return bytes;
  }

  /** Throws BadImage when the file does not have these bytes. */
  check(offset: number, length: number, what: string): void {
    if (Number.isSafeInteger(offset) && offset >= 0 && offset + length <= this.size) return;
    throw new BadImage(`${what} should be at byte ${offset}, with ${length} bytes, but the file has ${this.size}`, {
      hint: 'The file is cut short or damaged: copy or download it again.',
    });
  }

  /** Fills the target; the place was checked. */
  fill(target: Uint8Array, offset: number): void {
    this.source.read(target, offset);
  }
}

/** A field of 64 bits that is an offset or a size in bytes. Throws BadImage above 2^53. */
export function safeNumber(value: bigint, what: string, offset: number): number {
  if (value > BigInt(MOST_DISK)) throw new BadImage(`${what} is ${value}, which no file or disk has`, { offset });
  return Number(value);
}

/** A disk's size in bytes. Throws BadImage for 0, what is no whole number of sectors, and more than 2^53. */
export function diskSize(value: bigint, offset: number): number {
  const size = safeNumber(value, "the disk's size", offset);
  if (size === 0 || size % 512 !== 0) throw new BadImage(`the disk's size is ${size} bytes, which is no number of sectors`, { offset });
  return size;
}

export function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && Number.isInteger(Math.log2(value));
}

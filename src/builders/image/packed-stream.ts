/** A stream of bytes into a file, compressed in parts by several threads: gzip (RFC 1952), zstd (RFC 8878) or xz (tukaani.org/xz). */
import { joinCrc32 } from '../../base/crc32.ts';
import type { BlockSink } from '../../disk/block-sink.ts';
import type { ByteStream } from '../../disk/byte-stream.ts';
import { XzFrame } from '../../disk/lzma/xz-frame.ts';
import type { Codec, Packed } from './codecs.ts';
import { PackQueue } from './compress-pool.ts';

export type StreamCompression = 'gzip' | 'zstd' | 'xz';

/** The file around the parts. */
interface Frame {
  begin(): Uint8Array;
  /** What is written for a part that has `length` bytes unpacked. */
  part(packed: Packed, length: number): Uint8Array[];
  end(): Uint8Array;
}

const codecs: Record<StreamCompression, Codec> = { gzip: 'gzip-part', zstd: 'zstd', xz: 'xz-part' };
/** Of a part, in bytes. Those of xz are larger, as its matches are far apart. */
const partSizes: Record<StreamCompression, number> = { gzip: 1 << 20, zstd: 1 << 20, xz: 4 << 20 };
const nothing = new Uint8Array(0);

function frameOf(compression: StreamCompression): Frame {
  if (compression === 'gzip') return new GzipFrame();
  if (compression === 'xz') return new XzFrame();
  // Frames may follow each other.
  return { begin: () => nothing, part: ({ bytes }) => [bytes], end: () => nothing };
}

/** One member of a gzip file: parts of its deflate stream end at whole bytes. */
class GzipFrame implements Frame {
  private crc = 0;
  private length = 0;

  begin(): Uint8Array {
    // No name, no time; made on Unix.
    return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
  }

  part({ bytes, crc }: Packed, length: number): Uint8Array[] {
    this.crc = joinCrc32(this.crc, crc, length);
    this.length += length;
    return [bytes];
  }

  end(): Uint8Array {
    const b = Buffer.alloc(10);
    // An empty block that is the last.
    b.writeUInt16LE(0x0003, 0);
    b.writeUInt32LE(this.crc, 2);
    b.writeUInt32LE(this.length % 2 ** 32, 6);
    return b;
  }
}

export class PackedStream implements ByteStream {
  private readonly file: Pick<BlockSink, 'write'>;
  private readonly frame: Frame;
  private readonly partSize: number;
  private readonly queue: PackQueue<undefined>;
  private part: Buffer;
  private filled = 0;
  /** A part of zeros is packed once. */
  private emptyPart: { part: Buffer; packed: Promise<Packed[]> } | undefined;
  private position = 0;

  constructor(file: Pick<BlockSink, 'write'>, compression: StreamCompression, cores: number) {
    this.file = file;
    this.frame = frameOf(compression);
    this.partSize = partSizes[compression];
    this.part = Buffer.allocUnsafeSlow(this.partSize);
    this.queue = new PackQueue({
      codec: codecs[compression],
      cores,
      batch: 1,
      done: (_, packed, part) => this.frame.part(packed, part.length).forEach((bytes) => this.append(bytes)),
    });
    this.append(this.frame.begin());
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const piece = bytes.subarray(done, done + this.partSize - this.filled);
      this.part.set(piece, this.filled);
      this.advance(piece.length);
      done += piece.length;
    }
  }

  zeros(count: number): void {
    for (let left = count; left > 0; ) {
      const length = Math.min(left, this.partSize - this.filled);
      if (length < this.partSize) {
        this.part.fill(0, this.filled, this.filled + length);
        this.advance(length);
        left -= length;
        continue;
      }
      const times = Math.floor(left / this.partSize);
      this.addEmptyParts(times);
      left -= times * this.partSize;
    }
  }

  /** To be awaited between writes. */
  settle(): Promise<void> {
    return this.queue.settle();
  }

  /** Writes the rest. Returns the file's size. */
  async end(): Promise<number> {
    if (this.filled > 0) this.queue.add(undefined, this.part.subarray(0, this.filled));
    await this.queue.end();
    this.append(this.frame.end());
    return this.position;
  }

  close(): void {
    this.queue.close();
  }

  private advance(length: number): void {
    this.filled += length;
    if (this.filled < this.partSize) return;
    this.filled = 0;
    // What has been written as zeros, and not as a hole.
    if (this.part[0] === 0 && this.emptyPart && this.part.equals(this.emptyPart.part)) return this.addEmptyParts(1);
    this.queue.add(undefined, this.part);
    this.part = Buffer.allocUnsafeSlow(this.partSize);
  }

  private addEmptyParts(times: number): void {
    if (!this.emptyPart) {
      const part = Buffer.alloc(this.partSize);
      this.emptyPart = { part, packed: this.queue.pack(part) };
    }
    this.queue.addPacked(undefined, this.emptyPart.part, this.emptyPart.packed, times);
  }

  private append(bytes: Uint8Array): void {
    this.file.write(this.position, bytes);
    this.position += bytes.length;
  }
}

/** Streams of bytes into files for tar archives: packed by threads, or as they are. */
import type { BlockSink } from '../../disk/block-sink.ts';
import type { ByteStream } from '../../disk/byte-stream.ts';
import { PackedStream, type StreamCompression } from './packed-stream.ts';

export const tarCompressions = ['gzip', 'zstd', 'xz', 'none'] as const;
export type TarCompression = (typeof tarCompressions)[number];

export interface FileStream extends ByteStream {
  /** To be awaited between writes. */
  settle(): Promise<void>;
  /** Writes the rest. Returns the number of bytes in the file. */
  end(): Promise<number>;
  close(): void;
}

export function fileStream(file: Pick<BlockSink, 'write'>, compression: TarCompression, cores: number): FileStream {
  return compression === 'none' ? new PlainStream(file) : new PackedStream(file, compression satisfies StreamCompression, cores);
}

const ZEROS = Buffer.alloc(64 << 10);

class PlainStream implements FileStream {
  private position = 0;

  constructor(private readonly file: Pick<BlockSink, 'write'>) {}

  write(bytes: Uint8Array): void {
    this.file.write(this.position, bytes);
    this.position += bytes.length;
  }

  zeros(count: number): void {
    for (let left = count; left > 0; left -= ZEROS.length) this.write(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
  }

  async settle(): Promise<void> {}

  async end(): Promise<number> {
    return this.position;
  }

  close(): void {}
}

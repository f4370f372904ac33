import { createGunzip, type Gunzip } from 'node:zlib';
import { MemorySink } from '../system/http.ts';

const PIECE = 1 << 20;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * A download into memory that is gunzipped on another thread while it arrives. The data may not be gzip at all, or unpack to far more than
 * it should: beyond `most` bytes, nothing of it is kept.
 */
export class GunzipSink extends MemorySink {
  private unpacking: { stream: Gunzip; whole: Promise<Buffer | undefined> } | undefined;

  constructor(private readonly most: number) {
    super();
  }

  override write(chunk: Uint8Array): void {
    if (this.length === 0 && chunk[0] === GZIP_MAGIC[0] && chunk[1] === GZIP_MAGIC[1]) this.unpacking = begin(this.most);
    super.write(chunk);
    this.unpacking?.stream.write(chunk);
  }

  override reset(): void {
    super.reset();
    this.unpacking?.stream.destroy();
    this.unpacking = undefined;
  }

  /** To be called when the download is complete. Returns undefined if the data could not be unpacked or is too large. */
  async unpacked(): Promise<Buffer | undefined> {
    this.unpacking?.stream.end();
    return this.unpacking?.whole;
  }
}

function begin(most: number): { stream: Gunzip; whole: Promise<Buffer | undefined> } {
  const stream = createGunzip({ chunkSize: PIECE });
  const pieces: Buffer[] = [];
  let length = 0;
  const whole = new Promise<Buffer | undefined>((resolve) => {
    stream.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= most) pieces.push(piece);
      else {
        pieces.length = 0;
        stream.destroy();
      }
    });
    stream.on('end', () => resolve(Buffer.concat(pieces)));
    stream.on('error', () => resolve(undefined));
    stream.on('close', () => resolve(undefined));
  });
  return { stream, whole };
}

/**
 * Writes and hashes an image's file in two threads while this one reads and plans. The bytes go through a few buffers that all three
 * share; the threads wait for each other without the event loop, as plans write synchronously.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../../system/blocking-channel.ts';

const BUFFER_SIZE = 1 << 20;
/** Enough for most tables of a file system while the last image is copied. */
const BUFFERS = 48;

export interface NewImage {
  path: string;
  /** The image whose ranges `takeLast` takes. Its file is copied in the meantime, if it is `alike`. */
  last?: { file: string; extents: readonly [start: number, length: number][]; alike: boolean } | undefined;
}

/** What is known once the image is planned. */
export interface OpenImage {
  size: number;
  /** Hashed before the file's bytes. */
  before: Uint8Array;
  /** Whether most of the last image's bytes stay where they are. */
  keepsPlaces?: boolean;
}

export interface ImageThreadData {
  image: NewImage;
  role: 'write' | 'hash';
  /** Receives what is to be opened, the writes and then the end, as ImageOrder; sends an ImageReply to each write and to the end. */
  channel: ChannelEnd;
}

/**
 * The first `length` bytes of `buffer` belong at `offset`, or those at `from` of the last image; `after` ends the writing and is hashed
 * last.
 */
export type ImageOrder = OpenImage | { offset: number; length: number; buffer: SharedArrayBuffer } | ReuseOrder | { after: Uint8Array };
export interface ReuseOrder {
  offset: number;
  length: number;
  from: number;
}
/** A write is done, and its buffer can be filled again; last, the SHA-256 of the thread that hashes, and the end of the other. */
export type ImageReply = 'done' | { digest: Uint8Array } | 'closed';

/** How long a thread may be silent: far longer than any write takes on the slowest disk. */
const SILENCE_MS = 10 * 60_000;

class Lane {
  /** Writes that are done. */
  done = 0;
  readonly channel: BlockingChannel<ImageReply, ImageOrder>;
  private readonly worker: Worker;
  private readonly crashed: Promise<never>;

  constructor(image: NewImage, role: ImageThreadData['role']) {
    const peer = { name: `the thread that ${role === 'write' ? 'writes' : 'hashes'} the image`, silenceMs: SILENCE_MS };
    ({ worker: this.worker, channel: this.channel } = startChannelThread('image-worker', { image, role }, peer));
    this.crashed = once(this.worker, 'error').then(([error]) => {
      throw error;
    });
    this.crashed.catch(() => {});
  }

  /** Waits until so many writes are done. */
  wait(count: number): void {
    for (; this.done < count; this.done++) this.channel.receive();
  }

  async waitAsync(count: number): Promise<void> {
    for (; this.done < count; this.done++) await this.reply();
  }

  reply(silenceMs?: number): Promise<ImageReply> {
    return Promise.race([this.channel.receiveAsync(silenceMs), this.crashed]);
  }

  async close(): Promise<void> {
    this.channel.close();
    await this.worker.terminate();
  }
}

export class ThreadedImageFile {
  size = 0;
  private readonly lanes: [Lane, Lane];
  /** Of write n, n modulo their number is in use. */
  private readonly buffers: SharedArrayBuffer[] = [];
  private written = 0;

  constructor(image: NewImage) {
    this.lanes = [new Lane(image, 'write'), new Lane(image, 'hash')];
  }

  /** Must come before everything else. */
  open(image: OpenImage): void {
    this.size = image.size;
    this.send(image);
  }

  /** Resolves when a piece can be written without blocking this thread. Throws as `write` does. */
  async ready(): Promise<void> {
    for (const lane of this.lanes) await lane.waitAsync(this.written + 1 - BUFFERS);
  }

  /** Waits for a free buffer. Throws the threads' errors, if any. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += BUFFER_SIZE) {
      const piece = bytes.subarray(done, done + BUFFER_SIZE);
      for (const lane of this.lanes) lane.wait(this.written + 1 - BUFFERS);
      const buffer = (this.buffers[this.written % BUFFERS] ??= new SharedArrayBuffer(BUFFER_SIZE));
      this.written += 1;
      new Uint8Array(buffer).set(piece);
      this.send({ offset: offset + done, length: piece.length, buffer });
    }
  }

  /** Takes bytes from the last image. */
  takeLast(offset: number, length: number, from: number): void {
    this.send({ offset, length, from });
  }

  /** Returns the SHA-256 of `before`, the file and `after`, once the file is written and closed. */
  async digest(after: Uint8Array): Promise<Uint8Array> {
    this.send({ after });
    const [, { digest }] = await Promise.all(
      this.lanes.map(async (lane) => {
        for (;;) {
          // Without a limit: a large rest of zeros is hashed in silence.
          const reply = await lane.reply(Infinity);
          if (reply === 'closed') return { digest: new Uint8Array(0) };
          if (reply !== 'done') return reply;
        }
      }) as [Promise<{ digest: Uint8Array }>, Promise<{ digest: Uint8Array }>],
    );
    return digest;
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  private send(order: ImageOrder): void {
    for (const lane of this.lanes) lane.channel.send(order);
  }
}

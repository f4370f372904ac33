/**
 * Writes and hashes an image's file in a separate thread while this one reads and plans. The bytes go through a few buffers that move to
 * the thread and come back; the threads wait for each other without the event loop, as plans write synchronously.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../../system/blocking-channel.ts';

const BUFFER_SIZE = 1 << 20;
const BUFFERS = 16;

export interface OpenImage {
  path: string;
  size: number;
  /** Hashed before the file's bytes. */
  before: Uint8Array;
  /** The image whose ranges `takeLast` takes. */
  last?: { file: string; extents: readonly [start: number, length: number][] } | undefined;
}

export interface ImageThreadData {
  image: OpenImage;
  /** Receives the writes and then the end, as ImageOrder; sends an ImageReply to each. */
  channel: ChannelEnd;
}

/**
 * The first `length` bytes of `buffer` belong at `offset`, or those at `from` of the last image; `after` ends the writing and is hashed
 * last.
 */
export type ImageOrder = { offset: number; length: number; buffer: ArrayBuffer } | ReuseOrder | { after: Uint8Array };
export interface ReuseOrder {
  offset: number;
  length: number;
  from: number;
}
/** The buffer of a write, to be filled again, and last the SHA-256. */
export type ImageReply = ArrayBuffer | { digest: Uint8Array };

/** How long the thread may be silent: far longer than any write takes on the slowest disk. */
const SILENCE_MS = 10 * 60_000;

export class ThreadedImageFile {
  readonly size: number;
  private readonly worker: Worker;
  private readonly channel: BlockingChannel<ImageReply, ImageOrder>;
  private readonly crashed: Promise<never>;
  private buffers = 0;
  private readonly free: ArrayBuffer[] = [];

  constructor(image: OpenImage) {
    this.size = image.size;
    const peer = { name: 'the thread that writes the image', silenceMs: SILENCE_MS };
    ({ worker: this.worker, channel: this.channel } = startChannelThread('image-worker', { image }, peer));
    this.crashed = once(this.worker, 'error').then(([error]) => {
      throw error;
    });
    this.crashed.catch(() => {});
  }

  /** Resolves when a piece can be written without blocking this thread. Throws as `write` does. */
  async ready(): Promise<void> {
    if (this.free.length === 0 && this.buffers === BUFFERS) this.free.push((await this.reply()) as ArrayBuffer);
  }

  /** Waits for a free buffer. Throws the thread's error, if any. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += BUFFER_SIZE) {
      const piece = bytes.subarray(done, done + BUFFER_SIZE);
      const buffer = this.freeBuffer();
      new Uint8Array(buffer).set(piece);
      this.channel.send({ offset: offset + done, length: piece.length, buffer }, [buffer]);
    }
  }

  /** Takes bytes from the last image. */
  takeLast(offset: number, length: number, from: number): void {
    this.channel.send({ offset, length, from });
  }

  /** Returns the SHA-256 of `before`, the file and `after`, once the file is written and closed. */
  async digest(after: Uint8Array): Promise<Uint8Array> {
    this.channel.send({ after });
    for (;;) {
      // Without a limit: a large rest of zeros is hashed in silence.
      const reply = await this.reply(Infinity);
      if ('digest' in reply) return reply.digest;
    }
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    this.channel.close();
    await this.worker.terminate();
  }

  private reply(silenceMs?: number): Promise<ImageReply> {
    return Promise.race([this.channel.receiveAsync(silenceMs), this.crashed]);
  }

  private freeBuffer(): ArrayBuffer {
    const returned = this.free.pop() ?? this.channel.poll()?.value;
    if (!returned && this.buffers < BUFFERS) {
      this.buffers += 1;
      return new ArrayBuffer(BUFFER_SIZE);
    }
    return (returned ?? this.channel.receive()) as ArrayBuffer;
  }
}

/**
 * Writes and hashes an image's file in other threads while this one reads and plans: in two, or in one where the last image is small, as
 * the start of a thread then takes longer than it saves. The bytes go through a few buffers that all share; the threads wait for each
 * other without the event loop, as plans write synchronously.
 */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../../system/blocking-channel.ts';

const BUFFER_SIZE = 1 << 20;
/** Enough for most tables of a file system while the last image is copied. */
const BUFFERS = 48;
/** Pieces of an order. */
const MOST_PIECES = 4096;
/** Bytes that an order takes from the last image: they are hashed while more is planned. */
const MOST_TAKEN = 16 << 20;
/** Bytes of a last image that one thread copies and hashes. */
const SMALL_IMAGE = 512 << 20;

export interface NewImage {
  path: string;
  /** The image whose ranges `takeLast` takes. Its file is copied in the meantime, if it is `alike`. */
  last?: { file: string; size: number; extents: readonly [start: number, length: number][]; alike: boolean } | undefined;
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
  role: Role;
  /** Receives what is to be opened, the orders and then the end; sends an ImageReply to each order with a buffer and to the end. */
  channel: ChannelEnd;
}

export type Role = 'write' | 'hash' | 'both';

/**
 * `pieces` has the ranges of the file, ascending, as triples of offset, length, and where the bytes are in the last image; -1 for the next
 * ones of `buffer`. `after` ends the writing and is hashed last.
 */
export type ImageOrder = OpenImage | { pieces: Float64Array; buffer?: SharedArrayBuffer | undefined } | { after: Uint8Array };
export interface ReuseOrder {
  offset: number;
  length: number;
  from: number;
}
/** The bytes of a buffer are used, and it can be filled again; last, the SHA-256 of the thread that hashes, or the end of the other. */
export type ImageReply = 'done' | { digest: Uint8Array } | 'closed';

/** How long a thread may be silent: far longer than any write takes on the slowest disk. */
const SILENCE_MS = 10 * 60_000;

class Lane {
  /** Writes that are done. */
  done = 0;
  readonly channel: BlockingChannel<ImageReply, ImageOrder>;
  private readonly worker: Worker;
  private readonly crashed: Promise<never>;

  constructor(image: NewImage, role: Role) {
    const peer = { name: `the thread that ${role === 'hash' ? 'hashes' : 'writes'} the image`, silenceMs: SILENCE_MS };
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
  private readonly lanes: Lane[];
  /** Of order n with a buffer, n modulo their number is in use. */
  private readonly buffers: SharedArrayBuffer[] = [];
  /** Orders with a buffer, the one that is being filled included. */
  private ordered = 0;
  private pieces: number[] = [];
  private buffer: Uint8Array | undefined;
  private filled = 0;
  private taken = 0;

  constructor(image: NewImage) {
    const roles: Role[] = image.last?.alike && image.last.size <= SMALL_IMAGE ? ['both'] : ['write', 'hash'];
    this.lanes = roles.map((role) => new Lane(image, role));
  }

  /** Must come before everything else. */
  open(image: OpenImage): void {
    this.size = image.size;
    this.send(image);
  }

  /** Resolves when a piece can be written without blocking this thread. Throws as `write` does. */
  async ready(): Promise<void> {
    for (const lane of this.lanes) await lane.waitAsync(this.ordered + 1 - BUFFERS);
  }

  /** Waits for a free buffer. Throws the threads' errors, if any. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      this.flushFull();
      const buffer = (this.buffer ??= this.freeBuffer());
      const piece = bytes.subarray(done, done + BUFFER_SIZE - this.filled);
      buffer.set(piece, this.filled);
      this.addPiece(offset + done, piece.length, -1);
      this.filled += piece.length;
      done += piece.length;
    }
  }

  /** Takes bytes from the last image. */
  takeLast(offset: number, length: number, from: number): void {
    this.flushFull();
    this.addPiece(offset, length, from);
    this.taken += length;
  }

  /** Returns the SHA-256 of `before`, the file and `after`, once the file is written and closed. */
  async digest(after: Uint8Array): Promise<Uint8Array> {
    this.flush();
    this.send({ after });
    const digests = await Promise.all(
      this.lanes.map(async (lane) => {
        for (;;) {
          // Without a limit: a large rest of zeros is hashed in silence.
          const reply = await lane.reply(Infinity);
          if (reply === 'closed') return undefined;
          if (reply !== 'done') return reply.digest;
        }
      }),
    );
    return digests.find((digest) => digest !== undefined)!;
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  private freeBuffer(): Uint8Array {
    for (const lane of this.lanes) lane.wait(this.ordered + 1 - BUFFERS);
    const buffer = (this.buffers[this.ordered % BUFFERS] ??= new SharedArrayBuffer(BUFFER_SIZE));
    this.ordered += 1;
    return new Uint8Array(buffer);
  }

  /** What continues the last piece becomes a part of it. */
  private addPiece(offset: number, length: number, from: number): void {
    const { pieces } = this;
    const at = pieces.length - 3;
    if (at >= 0 && pieces[at]! + pieces[at + 1]! === offset && pieces[at + 2] === (from === -1 ? -1 : from - pieces[at + 1]!)) {
      pieces[at + 1]! += length;
      return;
    }
    pieces.push(offset, length, from);
  }

  private flushFull(): void {
    if (this.filled === BUFFER_SIZE || this.taken >= MOST_TAKEN || this.pieces.length >= 3 * MOST_PIECES) this.flush();
  }

  private flush(): void {
    if (this.pieces.length === 0) return;
    this.send({ pieces: Float64Array.from(this.pieces), buffer: this.buffer?.buffer as SharedArrayBuffer | undefined });
    this.pieces = [];
    this.buffer = undefined;
    this.filled = 0;
    this.taken = 0;
  }

  private send(order: ImageOrder): void {
    for (const lane of this.lanes) lane.channel.send(order);
  }
}

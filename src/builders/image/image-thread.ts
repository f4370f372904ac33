/**
 * Writes and hashes an image's file in a separate thread while this one reads and plans. The bytes go through a few slots of shared memory;
 * the threads synchronise without the event loop, as plans write synchronously.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads';
import { deserializeError, type SerializedError } from '../../base/errors.ts';
import { SharedWord, WORD_BYTES } from '../../system/shared-word.ts';
import { startThread } from '../../system/start-thread.ts';

export const SLOT = 1 << 20;
export const SLOTS = 16;
/** The words of `control`. `written` and `done` count slots since the start; `failed` is 1 once the thread has. */
export function imageControl(control: SharedArrayBuffer): { written: SharedWord; done: SharedWord; failed: SharedWord } {
  return { written: new SharedWord(control), done: new SharedWord(control, 1), failed: new SharedWord(control, 2) };
}

/** The memory shared with the thread. */
export interface SharedSlots {
  control: SharedArrayBuffer;
  data: Uint8Array;
  /** Offset in the file and length, of each slot. */
  places: Float64Array;
}

export interface ImageThreadData {
  slots: SharedSlots;
  port: MessagePort;
}

export interface OpenImage {
  path: string;
  size: number;
  /** Hashed before the file's bytes. */
  before: Uint8Array;
}

/** A length that ends the writing; the slot's data is hashed last. */
export const endMark = (length: number): number => -1 - length;

/** How long the thread may be silent: far longer than any write takes on the slowest disk. */
const SILENCE_MS = 10 * 60_000;

export class ThreadedImageFile {
  readonly size: number;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly slots: SharedSlots;
  private readonly words: ReturnType<typeof imageControl>;
  private readonly finished: Promise<Uint8Array>;
  private count = 0;

  constructor(image: OpenImage) {
    this.size = image.size;
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    this.slots = {
      control: shared(3 * WORD_BYTES),
      data: new Uint8Array(shared(SLOT * SLOTS)),
      places: new Float64Array(shared(SLOTS * 16)),
    };
    this.words = imageControl(this.slots.control);
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = startThread('image-worker', { workerData: { slots: this.slots, port: port2, image }, transferList: [port2] });
    this.finished = new Promise((resolve, reject) => {
      this.worker.on('message', resolve);
      this.worker.on('error', reject);
    });
    this.finished.catch(() => {});
  }

  /** Throws the thread's error, if any. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += SLOT) this.put(offset + done, bytes.subarray(done, done + SLOT), false);
  }

  /** Returns the SHA-256 of `before`, the file and `after`, once the file is written and closed. */
  async digest(after: Uint8Array): Promise<Uint8Array> {
    this.put(0, after, true);
    const digest = await this.finished;
    this.throwFailure();
    return digest;
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }

  private put(offset: number, bytes: Uint8Array, last: boolean): void {
    const { data, places } = this.slots;
    for (;;) {
      const done = this.words.done.value;
      this.throwFailure();
      if (this.count - done < SLOTS) break;
      if (this.words.done.waitWhile(done, SILENCE_MS) === undefined) throw new Error('the thread that writes the image does not respond');
    }
    const slot = this.count % SLOTS;
    data.set(bytes, slot * SLOT);
    places[slot * 2] = offset;
    places[slot * 2 + 1] = last ? endMark(bytes.length) : bytes.length;
    this.count += 1;
    this.words.written.set(this.count);
  }

  private throwFailure(): void {
    if (this.words.failed.value === 0) return;
    const message = receiveMessageOnPort(this.port) as { message: SerializedError } | undefined;
    throw message ? deserializeError(message.message) : new Error('the thread that writes the image failed');
  }
}

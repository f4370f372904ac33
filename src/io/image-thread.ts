/**
 * An image's file in a thread of its own, which writes and hashes while this one reads and plans. The bytes go through a few slots of
 * shared memory, as fast as the slower side; the thread is told and asked without the event loop, as plans write synchronously.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type Worker } from 'node:worker_threads';
import { deserializeError, type SerializedError } from '../base/errors.ts';
import { startThread } from './start-thread.ts';

export const SLOT = 1 << 20;
export const SLOTS = 16;
/** Words of the control block. `written` and `done` count slots since the start. */
export const WORD = { written: 0, done: 1, failed: 2 } as const;

/** What the thread shares with us. */
export interface SharedSlots {
  control: Int32Array;
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

/** A length that ends the writing; the slot's data is what is hashed last. */
export const endMark = (length: number): number => -1 - length;

/** How long the thread may be silent: far longer than any write takes on the slowest disk. */
const SILENCE_MS = 10 * 60_000;

export class ThreadedImageFile {
  readonly size: number;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly slots: SharedSlots;
  private readonly finished: Promise<Uint8Array>;
  private count = 0;

  constructor(image: OpenImage) {
    this.size = image.size;
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    this.slots = { control: new Int32Array(shared(16)), data: new Uint8Array(shared(SLOT * SLOTS)), places: new Float64Array(shared(SLOTS * 16)) };
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = startThread('image-worker', { workerData: { slots: this.slots, port: port2, image }, transferList: [port2] });
    this.finished = new Promise((resolve, reject) => {
      this.worker.on('message', resolve);
      this.worker.on('error', reject);
    });
    this.finished.catch(() => {});
  }

  /** Fails with what the thread failed with, if it has. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += SLOT) this.put(offset + done, bytes.subarray(done, done + SLOT), false);
  }

  /** Answers the SHA-256 of `before`, the file and `after`, once the file is written and closed. */
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
    const { control, data, places } = this.slots;
    for (;;) {
      const done = Atomics.load(control, WORD.done);
      this.throwFailure();
      if (this.count - done < SLOTS) break;
      if (Atomics.wait(control, WORD.done, done, SILENCE_MS) === 'timed-out') throw new Error('the thread that writes the image does not answer');
    }
    const slot = this.count % SLOTS;
    data.set(bytes, slot * SLOT);
    places[slot * 2] = offset;
    places[slot * 2 + 1] = last ? endMark(bytes.length) : bytes.length;
    this.count += 1;
    Atomics.store(control, WORD.written, this.count);
    Atomics.notify(control, WORD.written);
  }

  private throwFailure(): void {
    if (Atomics.load(this.slots.control, WORD.failed) === 0) return;
    const message = receiveMessageOnPort(this.port) as { message: SerializedError } | undefined;
    throw message ? deserializeError(message.message) : new Error('the thread that writes the image failed');
  }
}

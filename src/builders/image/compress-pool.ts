/** Threads that compress parts of a disk in batches. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../system/start-thread.ts';
import type { Codec, Packed } from './codecs.ts';

export interface ToCompressWorker {
  parts: Uint8Array[];
  codec: Codec;
  /** Defaults to the codec's own. */
  level?: number | undefined;
}
export type FromCompressWorker = Packed[];

interface Thread {
  worker: Worker;
  /** The unfinished jobs, in order. */
  jobs: { resolve(packed: Packed[]): void; reject(error: unknown): void }[];
}

export class CompressPool {
  private readonly threads: Thread[];
  private readonly codec: Codec;
  private readonly level: number | undefined;

  /** `level` defaults to the codec's own. */
  constructor(threads: number, codec: Codec, level?: number) {
    this.codec = codec;
    this.level = level;
    this.threads = Array.from({ length: Math.max(1, threads) }, () => {
      const thread: Thread = { worker: startThread('compress-worker', {}), jobs: [] };
      thread.worker.on('message', (packed: FromCompressWorker) => thread.jobs.shift()?.resolve(packed));
      thread.worker.on('error', (error) => thread.jobs.splice(0).forEach((job) => job.reject(error)));
      return thread;
    });
  }

  /** The parts stay the caller's. */
  pack(parts: Uint8Array[]): Promise<Packed[]> {
    const thread = this.threads.reduce((best, other) => (other.jobs.length < best.jobs.length ? other : best));
    return new Promise((resolve, reject) => {
      thread.jobs.push({ resolve, reject });
      thread.worker.postMessage({ parts, codec: this.codec, level: this.level } satisfies ToCompressWorker);
    });
  }

  close(): void {
    for (const { worker } of this.threads) void worker.terminate();
  }
}

/** Packs parts in parallel and hands them out in their order. */
export class PackQueue<Tag> {
  private readonly pool: CompressPool;
  private readonly most: number;
  private readonly batch: number;
  private readonly done: (tag: Tag, packed: Packed, part: Uint8Array) => void;
  /** Each is handed out `times` times. */
  private readonly under: { tags: Tag[]; parts: Uint8Array[]; packed: Promise<Packed[]>; times: number }[] = [];
  private tags: Tag[] = [];
  private parts: Uint8Array[] = [];

  /** `batch` parts are packed together. `done` receives what `add` was given, and the part packed. */
  constructor(options: { codec: Codec; cores: number; batch: number; done: (tag: Tag, packed: Packed, part: Uint8Array) => void }) {
    this.pool = new CompressPool(options.cores, options.codec);
    // Two batches for each thread, and what is being written.
    this.most = 2 * options.cores + 2;
    this.batch = options.batch;
    this.done = options.done;
  }

  /** `part` is the queue's from now on. */
  add(tag: Tag, part: Uint8Array): void {
    this.tags.push(tag);
    this.parts.push(part);
    if (this.parts.length === this.batch) this.send();
  }

  /** Adds a part, `times` times, that is packed already, or will be. */
  addPacked(tag: Tag, part: Uint8Array, packed: Promise<Packed[]>, times: number): void {
    this.send();
    this.under.push({ tags: [tag], parts: [part], packed, times });
  }

  /** Packs a part now, for `addPacked`. */
  pack(part: Uint8Array): Promise<Packed[]> {
    return this.pool.pack([part]);
  }

  /** Hands out what is packed until little enough memory is taken. Between two calls not much should be added. */
  async settle(most = this.most): Promise<void> {
    while (this.under.length > most) {
      const { tags, parts, packed, times } = this.under.shift()!;
      const all = await packed;
      for (let time = 0; time < times; time++) all.forEach((one, n) => this.done(tags[n]!, one, parts[n]!));
    }
  }

  /** Hands out all. */
  async end(): Promise<void> {
    this.send();
    await this.settle(0);
  }

  close(): void {
    this.pool.close();
    for (const { packed } of this.under) packed.catch(() => {});
  }

  private send(): void {
    if (this.parts.length > 0) this.under.push({ tags: this.tags, parts: this.parts, packed: this.pool.pack(this.parts), times: 1 });
    this.tags = [];
    this.parts = [];
  }
}

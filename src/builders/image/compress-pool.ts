/** Threads that compress clusters in batches. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../system/start-thread.ts';

export interface ToCompressWorker {
  clusters: Uint8Array[];
  level: number;
}
export type FromCompressWorker = Uint8Array[];

interface Thread {
  worker: Worker;
  /** The unfinished jobs, in order. */
  jobs: { resolve(packed: Uint8Array[]): void; reject(error: unknown): void }[];
}

export class CompressPool {
  private readonly threads: Thread[];
  private readonly level: number;

  constructor(threads: number, level: number) {
    this.level = level;
    this.threads = Array.from({ length: Math.max(1, threads) }, () => {
      const thread: Thread = { worker: startThread('compress-worker', {}), jobs: [] };
      thread.worker.on('message', (packed: FromCompressWorker) => thread.jobs.shift()?.resolve(packed));
      thread.worker.on('error', (error) => thread.jobs.splice(0).forEach((job) => job.reject(error)));
      return thread;
    });
  }

  /** The clusters' memory moves to the thread. */
  pack(clusters: Uint8Array[]): Promise<Uint8Array[]> {
    const thread = this.threads.reduce((best, other) => (other.jobs.length < best.jobs.length ? other : best));
    return new Promise((resolve, reject) => {
      thread.jobs.push({ resolve, reject });
      thread.worker.postMessage({ clusters, level: this.level } satisfies ToCompressWorker);
    });
  }

  close(): void {
    for (const { worker } of this.threads) void worker.terminate();
  }
}

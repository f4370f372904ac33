/** A pool of threads that unpack packages and hash trees, started on demand and kept. */
import type { Worker } from 'node:worker_threads';
import { deserializeError, type SerializedError } from '../../base/errors.ts';
import { startThread } from '../../system/start-thread.ts';
import type { NarDigest } from '../../nix-format/nar-writer.ts';
import type { TreeListing } from './tree-listing.ts';
import type { UnpackJob } from './unpack-job.ts';

export type ToUnpackWorker = { type: 'unpack'; job: UnpackJob } | { type: 'hash'; listing: TreeListing };
export type FromUnpackWorker = { type: 'done'; digest: NarDigest } | { type: 'error'; error: SerializedError };

interface Task {
  request: ToUnpackWorker;
  /** The largest are done first, so that none is left alone at the end. */
  weight: number;
  signal: AbortSignal;
  resolve(digest: NarDigest): void;
  reject(error: unknown): void;
}

const idle: UnpackThread[] = [];
const waiting: Task[] = [];
let running = 0;
let limit = 1;

/**
 * Unpacks in a thread; the job's memory is transferred. `threads` limits the parallel threads. When aborted, nothing writes to the target
 * after the promise is rejected.
 */
export function unpackInThread(job: UnpackJob, threads: number, signal: AbortSignal): Promise<NarDigest> {
  return runInThread({ type: 'unpack', job }, job.bytes.length, threads, signal);
}

/** Hashes the NAR of a tree with files on disk. */
export function hashInThread(listing: TreeListing, threads: number, signal: AbortSignal): Promise<NarDigest> {
  return runInThread({ type: 'hash', listing }, Infinity, threads, signal);
}

function runInThread(request: ToUnpackWorker, weight: number, threads: number, signal: AbortSignal): Promise<NarDigest> {
  limit = Math.max(1, threads);
  return new Promise((resolve, reject) => {
    waiting.push({ request, weight, signal, resolve, reject });
    pump();
  });
}

/** Starts the threads, which takes some time, before the first package arrives. */
export function warmUpThreads(threads: number): void {
  while (running + idle.length < threads) idle.push(new UnpackThread());
}

/** Packed bytes of packages that are unpacked at once: a package is in memory as a whole, with all that it unpacks to. */
const MOST_AT_ONCE = 48 << 20;
let unpacking = 0;

function packedBytes({ request }: Task): number {
  return request.type === 'unpack' ? request.job.bytes.length : 0;
}

/** Takes the heaviest task for which there is room; alone, any has. */
function nextTask(): Task | undefined {
  const fits = (task: Task): boolean => running === 0 || unpacking + packedBytes(task) <= MOST_AT_ONCE;
  let best = -1;
  waiting.forEach((task, i) => {
    if (fits(task) && (best < 0 || task.weight > waiting[best]!.weight)) best = i;
  });
  return best < 0 ? undefined : waiting.splice(best, 1)[0];
}

function pump(): void {
  while (running < limit) {
    const task = nextTask();
    if (task === undefined) return;
    if (task.signal.aborted) {
      task.reject(task.signal.reason);
      continue;
    }
    const thread = idle.pop() ?? new UnpackThread();
    const packed = packedBytes(task);
    running += 1;
    unpacking += packed;
    void thread.run(task).finally(() => {
      running -= 1;
      unpacking -= packed;
      if (thread.usable) idle.push(thread);
      pump();
    });
  }
}

/** One thread with at most one task. It does not keep the process alive without one. */
class UnpackThread {
  usable = true;
  private readonly worker: Worker;
  private task: { resolve(message: FromUnpackWorker): void; reject(error: unknown): void } | undefined;

  constructor() {
    this.worker = startThread('unpack-worker', {});
    this.worker.on('message', (message: FromUnpackWorker) => this.task?.resolve(message));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (status) => this.fail(new Error(`the unpacking thread ended with status ${status}`)));
    this.worker.unref();
  }

  /** Settles the task; never throws. */
  async run({ request, signal, resolve, reject }: Task): Promise<void> {
    const onAbort = () => void this.worker.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    this.worker.ref();
    try {
      const message = await new Promise<FromUnpackWorker>((settle, fail) => {
        this.task = { resolve: settle, reject: fail };
        this.worker.postMessage(request, movedMemory(request));
      });
      if (message.type === 'done') resolve(message.digest);
      else reject(deserializeError(message.error));
    } catch (error) {
      reject(signal.aborted ? signal.reason : error);
    } finally {
      this.task = undefined;
      signal.removeEventListener('abort', onAbort);
      if (this.usable) this.worker.unref();
    }
  }

  private fail(error: unknown): void {
    this.usable = false;
    this.task?.reject(error);
  }
}

/** A package's bytes need not be copied if they own their whole buffer. */
function movedMemory(request: ToUnpackWorker): ArrayBuffer[] {
  if (request.type !== 'unpack') return [];
  const { bytes } = request.job;
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : [];
}

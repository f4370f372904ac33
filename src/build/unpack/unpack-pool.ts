/** Threads that unpack packages: as many as may be busy, started when needed, kept for the next. */
import type { Worker } from 'node:worker_threads';
import { deserializeError, type SerializedError } from '../../base/errors.ts';
import { startThread } from '../../io/start-thread.ts';
import type { Unpacked, UnpackJob } from './unpack-job.ts';

export type ToUnpackWorker = UnpackJob;
export type FromUnpackWorker = { type: 'unpacked'; unpacked: Unpacked } | { type: 'error'; error: SerializedError };

interface Task {
  job: UnpackJob;
  signal: AbortSignal;
  resolve(unpacked: Unpacked): void;
  reject(error: unknown): void;
}

const idle: Worker[] = [];
const waiting: Task[] = [];
let running = 0;
let limit = 1;

/**
 * Unpacks in a thread; the job's memory moves there. `threads` is how many may run at once. When aborted, nothing writes to the target any
 * more once the promise is rejected.
 */
export function unpackInThread(job: UnpackJob, threads: number, signal: AbortSignal): Promise<Unpacked> {
  limit = Math.max(1, threads);
  return new Promise((resolve, reject) => {
    waiting.push({ job, signal, resolve, reject });
    pump();
  });
}

/** Starts the threads, which takes some time, before the first package has come. */
export function warmUpThreads(threads: number): void {
  while (running + idle.length < threads) idle.push(newWorker());
}

function newWorker(): Worker {
  const worker = startThread('unpack-worker', {});
  worker.unref();
  return worker;
}

function pump(): void {
  while (running < limit && waiting.length > 0) {
    // The largest first, so that none is left alone at the end.
    const place = waiting.reduce((best, task, i) => (task.job.bytes.length > waiting[best]!.job.bytes.length ? i : best), 0);
    const [task] = waiting.splice(place, 1);
    if (task!.signal.aborted) task!.reject(task!.signal.reason);
    else start(task!);
  }
}

function start({ job, signal, resolve, reject }: Task): void {
  const worker = idle.pop() ?? newWorker();
  running += 1;
  worker.ref();
  const end = (settle: () => void, reusable: boolean) => {
    worker.removeAllListeners();
    signal.removeEventListener('abort', onAbort);
    running -= 1;
    worker.unref();
    if (reusable) idle.push(worker);
    settle();
    pump();
  };
  const onAbort = () => {
    worker.removeAllListeners();
    void worker.terminate().then(() => end(() => reject(signal.reason), false));
  };
  worker.on('message', (message: FromUnpackWorker) => {
    end(() => (message.type === 'unpacked' ? resolve(message.unpacked) : reject(deserializeError(message.error))), true);
  });
  worker.on('error', (error) => end(() => reject(error), false));
  worker.on('exit', (code) => end(() => reject(new Error(`the unpacking thread ended with status ${code}`)), false));
  signal.addEventListener('abort', onAbort, { once: true });
  worker.postMessage(job, job.bytes.byteOffset === 0 && job.bytes.byteLength === job.bytes.buffer.byteLength ? [job.bytes.buffer as ArrayBuffer] : []);
}

/**
 * Threads that unpack archives, started on demand. A thread works on one archive at a time and blocks for its bytes; so it gets one only
 * when the archive is complete, or as much of it as is held back. The memory of all downloads is thus bounded, and a slow server does not
 * occupy a thread.
 */
import type { Worker } from 'node:worker_threads';
import { deserializeError, type SerializedError } from '../../base/errors.ts';
import { aborted } from '../../system/aborted.ts';
import type { ByteSink } from '../../system/http.ts';
import { startChannelThread, type BlockingChannel, type ChannelEnd } from '../../system/blocking-channel.ts';
import type { NarJob } from './nar-job.ts';
import { NarStream } from './nar-stream.ts';

export interface NarThreadData {
  /** Brings the packed bytes. */
  channel: ChannelEnd;
}

export type ToNarThread = { type: 'piece'; bytes: Uint8Array } | { type: 'end' };
export type FromNarThread = { type: 'taken'; bytes: number } | { type: 'done' } | { type: 'error'; error: SerializedError };

/** Passes the packed bytes to the sink; resolves at their end. */
export type Feed = (sink: ByteSink, signal: AbortSignal) => Promise<void>;

interface Task {
  job: NarJob;
  stream: NarStream;
  ended: boolean;
  resolve(): void;
  reject(error: unknown): void;
  thread?: NarThread;
  settled: boolean;
}

export class NarPool {
  private readonly idle: NarThread[] = [];
  private readonly waiting: Task[] = [];
  private running = 0;

  constructor(private readonly threads: number) {}

  /**
   * Unpacks what `feed` brings. After the promise has settled nothing writes to the job's place any more; what is there after a failure is
   * the caller's to remove. Throws what `feed`, the job or the signal throws.
   */
  async unpack(job: NarJob, signal: AbortSignal, feed: Feed): Promise<void> {
    signal.throwIfAborted();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    let task!: Task;
    const unpacked = new Promise<void>((resolve, reject) => {
      const stream = new NarStream(() => this.enqueue(task));
      task = { job, stream, ended: false, resolve, reject, settled: false };
    });
    // The download ends with the thread's failure, and not after its last byte.
    unpacked.catch((error: unknown) => stop.abort(error));
    stop.signal.addEventListener('abort', () => task.stream.taken(Infinity), { once: true });
    try {
      await feed(task.stream, stop.signal);
      stop.signal.throwIfAborted();
      task.stream.end();
      task.ended = true;
      if (task.thread) task.thread.send({ type: 'end' });
      else this.enqueue(task);
      await Promise.race([unpacked, aborted(stop.signal)]);
    } catch (error) {
      await this.abandon(task);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await Promise.all(this.idle.splice(0).map((thread) => thread.end()));
  }

  private enqueue(task: Task): void {
    if (task.thread || task.settled || this.waiting.includes(task)) return;
    this.waiting.push(task);
    this.pump();
  }

  private pump(): void {
    while (this.running < this.threads && this.waiting.length > 0) {
      const task = this.waiting.shift()!;
      const thread = this.idleThread() ?? new NarThread();
      this.running += 1;
      task.thread = thread;
      thread.run(task, (reusable) => {
        this.running -= 1;
        task.settled = true;
        if (reusable) this.idle.push(thread);
        this.pump();
      });
    }
  }

  private idleThread(): NarThread | undefined {
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) if (thread.usable) return thread;
    return undefined;
  }

  private async abandon(task: Task): Promise<void> {
    const place = this.waiting.indexOf(task);
    if (place >= 0) this.waiting.splice(place, 1);
    if (task.thread && !task.settled) await task.thread.end();
    task.settled = true;
  }
}

class NarThread {
  /** It has not ended. */
  usable = true;
  private readonly worker: Worker;
  private readonly channel: BlockingChannel<never, ToNarThread>;
  private current: { task: Task; done: (reusable: boolean) => void } | undefined;

  constructor() {
    const started = startChannelThread<never, ToNarThread>(
      'nar-worker',
      {},
      { name: 'the thread that unpacks archives', silenceMs: Infinity },
    );
    this.worker = started.worker;
    this.channel = started.channel;
    this.worker.on('message', (message: FromNarThread) => this.receive(message));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (status) => this.fail(new Error(`the thread that unpacks archives ended with status ${status}`)));
    this.worker.unref();
  }

  run(task: Task, done: (reusable: boolean) => void): void {
    this.current = { task, done };
    this.worker.ref();
    this.worker.postMessage(task.job);
    task.stream.connect((bytes) => this.send({ type: 'piece', bytes }));
    if (task.ended) this.send({ type: 'end' });
  }

  send(message: ToNarThread): void {
    this.channel.send(message, message.type === 'piece' ? [message.bytes.buffer as ArrayBuffer] : []);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private receive(message: FromNarThread): void {
    const { current } = this;
    if (!current) return;
    if (message.type === 'taken') return current.task.stream.taken(message.bytes);
    if (message.type === 'error') {
      // Its decoder may hold memory that it cannot give back, and packed bytes may still come.
      this.current = undefined;
      void this.end().finally(() => {
        current.done(false);
        current.task.reject(deserializeError(message.error));
      });
      return;
    }
    this.current = undefined;
    this.worker.unref();
    current.done(true);
    current.task.resolve();
  }

  private fail(error: unknown): void {
    this.usable = false;
    const { current } = this;
    this.current = undefined;
    current?.done(false);
    current?.task.reject(error);
  }
}

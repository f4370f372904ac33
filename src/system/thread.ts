import { threadId } from 'node:worker_threads';

/** 0 in the main thread; each worker of this process has its own. */
export function threadNumber(): number {
  return threadId;
}

import { threadId } from 'node:worker_threads';

let isMain = false;

/** For a program that starts as the main thread and need not load the module of threads to find that out. */
export function runsInMainThread(): void {
  isMain = true;
}

/** 0 in the main thread; each worker of this process has its own. */
export function threadNumber(): number {
  return isMain ? 0 : threadId;
}

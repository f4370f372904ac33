/** `bootflake store verify`. Reading and hashing do not yield, so they run in a thread, which can be ended. */
import { deserializeError, type SerializedError } from '../base/errors.ts';
import type { StoreProblem } from '../store/store.ts';
import { startThread } from '../system/start-thread.ts';

export interface VerifyOrder {
  /** The root of the store. */
  root: string;
  /** Hash every path. */
  contents: boolean;
  /** Only these paths. Defaults to all. */
  paths?: readonly string[] | undefined;
}

/** The thread's messages: each path before it is checked, and finally the problems. */
export type VerifyMessage = { path: string } | { problems: StoreProblem[] } | { error: SerializedError };

export interface VerifyReport {
  checked: number;
  problems: StoreProblem[];
}

/** Throws the signal's reason as soon as it is aborted. */
export async function verifyInThread(order: VerifyOrder, signal: AbortSignal, onPath: (path: string) => void): Promise<VerifyReport> {
  signal.throwIfAborted();
  const worker = startThread('verify-worker', { workerData: order });
  let checked = 0;
  try {
    return await new Promise<VerifyReport>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.on('error', reject);
      worker.on('exit', (status) => reject(new Error(`the thread that checks the store ended with status ${status}`)));
      worker.on('message', (message: VerifyMessage) => {
        if ('error' in message) reject(deserializeError(message.error));
        else if ('problems' in message) resolve({ checked, problems: message.problems });
        else if (!signal.aborted) {
          checked += 1;
          onPath(message.path);
        }
      });
    });
  } finally {
    void worker.terminate();
  }
}

/** A thread that checks a store's paths one by one and reports each; see verify-store.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { LocalStore } from '../store/local-store.ts';
import type { VerifyMessage, VerifyOrder } from '../api/verify-store.ts';

const { root, contents, paths } = workerData as VerifyOrder;
const report = (message: VerifyMessage): void => parentPort!.postMessage(message);

try {
  const problems = LocalStore.open({ root }).verify({ contents, paths, onPath: (path) => report({ path }) });
  report({ problems });
} catch (error) {
  report({ error: serializeError(error) });
}

import { setImmediate } from 'node:timers/promises';
import { monotonicMilliseconds } from './clock.ts';

/** Milliseconds between looks at the signal. */
const BREATH_MS = 40;

/** Runs a generator to its end and returns its value, letting the event loop run at intervals. Throws the signal's reason. */
export async function inPieces<T>(work: Generator<unknown, T>, signal: AbortSignal | undefined): Promise<T> {
  let last = monotonicMilliseconds();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (monotonicMilliseconds() - last < BREATH_MS) continue;
    await setImmediate();
    signal?.throwIfAborted();
    last = monotonicMilliseconds();
  }
}

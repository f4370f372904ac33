import { setImmediate } from 'node:timers/promises';
import type { ProgressEvent } from '../../base/progress.ts';
import { monotonicMilliseconds } from '../../system/clock.ts';

/** Writes piece by piece, yielding the number of bytes of each. `disk` makes such plans. */
interface PiecewisePlan<Sink> {
  readonly extents: { length: number }[];
  write(sink: Sink): Generator<number, void>;
}

export interface WriteReport {
  /** Of the progress events. */
  id: string;
  activity: string;
  progress(event: ProgressEvent): void;
  signal: AbortSignal;
}

/** Milliseconds between checks of the signal and updates of the terminal. */
const BREATH_MS = 40;

/**
 * Runs a plan to its end, yielding to the event loop and checking for an abort at intervals. `afterPiece` is awaited between pieces, which
 * does not count as yielding.
 */
export async function writePlan<Sink>(
  plan: PiecewisePlan<Sink>,
  sink: Sink,
  report: WriteReport,
  afterPiece?: () => Promise<void>,
): Promise<void> {
  report.signal.throwIfAborted();
  const totalBytes = plan.extents.reduce((sum, extent) => sum + extent.length, 0);
  report.progress({ type: 'start', id: report.id, activity: report.activity, totalBytes });
  let last = monotonicMilliseconds();
  let pending = 0;
  for (const written of plan.write(sink)) {
    pending += written;
    if (afterPiece) await afterPiece();
    if (monotonicMilliseconds() - last < BREATH_MS) continue;
    report.progress({ type: 'advance', id: report.id, bytes: pending });
    pending = 0;
    await setImmediate();
    report.signal.throwIfAborted();
    last = monotonicMilliseconds();
  }
  report.progress({ type: 'advance', id: report.id, bytes: pending });
  report.progress({ type: 'finish', id: report.id });
}

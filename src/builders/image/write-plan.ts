import { setImmediate } from 'node:timers/promises';
import type { ProgressEvent } from '../../base/progress.ts';
import { monotonicMilliseconds } from '../../system/clock.ts';

/** What is written piece by piece; each piece's bytes are yielded. `disk` has such plans. */
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

/** Between looks at the signal and the terminal. */
const BREATH_MS = 40;

/**
 * Runs a plan to its end, letting others run and an abort come through every now and then. `afterPiece` is waited for between
 * pieces; what it waits for does not count as a breath.
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

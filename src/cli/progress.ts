import { visibleLine } from '../base/control-characters.ts';
import type { ProgressEvent } from '../build/builder.ts';
import type { Output } from './output.ts';

const redrawInterval = 100;

/** Bytes as a person reads them, in binary units: `95.2 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

interface Activity {
  text: string;
  done: number;
  total: number | undefined;
}

/**
 * One line at the foot of the terminal that tells what is going on: how many steps are done, bytes, rate, the newest
 * activities. Where stderr is not a terminal nothing is drawn; `message` lines always appear.
 */
export class ProgressDisplay {
  private readonly activities = new Map<string, Activity>();
  private finished = 0;
  private started = 0;
  private bytes = 0;
  private totalBytes = 0;
  private readonly begun: number;
  private lastDraw = 0;
  private drawn = false;
  private expectedSteps = 0;

  constructor(
    private readonly output: Output,
    private readonly now: () => number,
    private readonly enabled: boolean = output.isTerminal,
  ) {
    this.begun = now();
  }

  /** Tells how many steps and bytes are to come, where that is known beforehand. */
  expect(steps: number, bytes: number): void {
    this.expectedSteps = steps;
    this.totalBytes = bytes;
  }

  readonly onEvent = (event: ProgressEvent): void => {
    if (event.type === 'start') {
      this.started += 1;
      this.activities.set(event.id, { text: event.activity, done: 0, total: event.totalBytes });
    } else if (event.type === 'advance') {
      this.bytes += event.bytes;
      const activity = this.activities.get(event.id);
      if (activity) activity.done += event.bytes;
    } else {
      this.finished += 1;
      this.activities.delete(event.id);
    }
    this.draw();
  };

  /** Prints a line above the progress line. */
  message(line: string): void {
    this.clear();
    this.output.text(`${line}\n`);
    this.draw(true);
  }

  /** Removes the progress line; call once the work is over, whatever its end. */
  clear(): void {
    if (this.drawn) this.output.draw('');
    this.drawn = false;
  }

  private draw(force = false): void {
    const now = this.now();
    if (!this.enabled || (!force && now - this.lastDraw < redrawInterval)) return;
    this.lastDraw = now;
    if (this.activities.size === 0) return this.clear();
    this.output.draw(visibleLine(this.line(now)).slice(0, Math.max(20, (this.output.columns ?? 80) - 1)));
    this.drawn = true;
  }

  private line(now: number): string {
    const steps = `${this.finished}/${Math.max(this.expectedSteps, this.started)}`;
    const parts = [steps];
    if (this.bytes > 0) {
      const seconds = Math.max(0.001, (now - this.begun) / 1000);
      const total = this.totalBytes ? `/${formatBytes(this.totalBytes)}` : '';
      parts.push(`${formatBytes(this.bytes)}${total}`, `${formatBytes(this.bytes / seconds)}/s`);
    }
    const newest = [...this.activities.values()].slice(-2).map(describe);
    return `[${parts.join(', ')}] ${newest.join(', ')}`;
  }
}

function describe(activity: Activity): string {
  const percent = activity.total ? ` ${Math.min(100, Math.floor((100 * activity.done) / activity.total))}%` : '';
  return `${activity.text}${percent}`;
}

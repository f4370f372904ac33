/** The progress of the work: steps, and bytes received over the network. */
import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, FetchEvent, RealisePlan } from '../../realise/realise-types.ts';
import { planSteps } from './plan-text.ts';

export interface Activity {
  text: string;
  done: number;
  /** Bytes; undefined when that is not known. */
  total: number | undefined;
  download: boolean;
}

/** Milliseconds over which the rate is measured. */
const window = 5000;

export class Totals {
  steps = 0;
  finishedSteps = 0;
  /** Names of the running steps by their ids. */
  private readonly running = new Map<string, string>();
  /** In the order of their beginning. */
  readonly activities = new Map<string, Activity>();
  /** Bytes of planned downloads that have not begun. */
  private readonly waiting = new Map<string, number>();
  /** Bytes of finished downloads. */
  private ended = 0;
  /** Received bytes over time. */
  private came = 0;
  private samples: { time: number; came: number }[] = [];

  constructor(private readonly now: () => number) {}

  planned(plan: RealisePlan): void {
    const steps = planSteps(plan);
    this.steps += steps.length;
    for (const { id, downloadBytes } of steps) if (downloadBytes > 0) this.waiting.set(id, downloadBytes);
  }

  onBuild({ type, drvPath, name }: BuildEvent): void {
    this.onStep(type, drvPath, name);
  }

  onFetch({ type, path, name }: FetchEvent): void {
    this.onStep(type, path, name);
  }

  private onStep(type: BuildEvent['type'], id: string, name: string): void {
    if (type === 'started') {
      this.running.set(id, name);
      this.show(id, { text: name, done: 0, total: undefined, download: false });
      return;
    }
    this.running.delete(id);
    this.finish(id);
    if (type === 'finished') this.finishedSteps += 1;
    // Not downloaded if another process has fetched it meanwhile.
    this.waiting.delete(id);
  }

  onProgress(event: ProgressEvent): void {
    if (event.type === 'start') {
      const total = event.totalBytes ?? this.waiting.get(event.id);
      this.waiting.delete(event.id);
      this.show(event.id, { text: event.activity, done: 0, total, download: event.download === true });
    } else if (event.type === 'advance') {
      const activity = this.activities.get(event.id);
      if (!activity) return;
      activity.done += event.bytes;
      if (activity.download) this.count(event.bytes);
    } else {
      const name = this.running.get(event.id);
      if (name === undefined) this.finish(event.id);
      else this.show(event.id, { text: name, done: 0, total: undefined, download: false });
    }
  }

  /** More bytes than expected may arrive: a transfer may be restarted. */
  get downloaded(): { done: number; total: number } {
    let [done, total] = [this.ended, this.ended];
    for (const activity of this.activities.values()) {
      if (!activity.download) continue;
      done += doneOf(activity);
      total += activity.total ?? activity.done;
    }
    for (const bytes of this.waiting.values()) total += bytes;
    return { done, total };
  }

  /** Bytes per second over the last seconds. */
  get rate(): number {
    const [first] = this.samples;
    if (!first) return 0;
    return (this.came - first.came) / (Math.max(500, this.now() - first.time) / 1000);
  }

  private count(bytes: number): void {
    const time = this.now();
    this.samples = this.samples.filter((sample) => sample.time > time - window);
    this.samples.push({ time, came: this.came });
    this.came += bytes;
  }

  /** In the place of what was shown under that id. */
  private show(id: string, activity: Activity): void {
    this.settle(id);
    this.activities.set(id, activity);
  }

  private finish(id: string): void {
    this.settle(id);
    this.activities.delete(id);
  }

  private settle(id: string): void {
    const activity = this.activities.get(id);
    if (activity?.download) this.ended += doneOf(activity);
  }
}

function doneOf({ done, total }: Activity): number {
  return total === undefined ? done : Math.min(done, total);
}

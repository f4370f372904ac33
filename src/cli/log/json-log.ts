/**
 * Nix's `internal-json`, which programs read (nix-output-monitor): lines `@nix {...}` of activities that start, have results and stop, and
 * of messages. The numbers are those of Nix's logging.hh.
 */
import { escapedControls } from '../../base/control-characters.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, FetchEvent, RealisePlan } from '../../realise/realise-types.ts';
import { levels, type Level, type Log, type LogOutput } from './log.ts';
import { planLines, planSteps, stepText, type LogStep } from './plan-text.ts';

const activityTypes = { unknown: 0, copyPath: 100, fileTransfer: 101, realise: 102, copyPaths: 103, builds: 104, build: 105 } as const;
const resultTypes = { buildLogLine: 101, progress: 105, setExpected: 106 } as const;

interface Running {
  id: number;
  done: number;
  expected: number;
}

export class JsonLog implements Log {
  private lastId = 0;
  /** By the id of its events: a derivation's path, an address. */
  private readonly running = new Map<string, Running>();
  private readonly steps = new Map<string, LogStep>();
  /** The activities that aggregate the others. */
  private totals: { realise: number; builds: number; copies: number } | undefined;
  private readonly counts = {
    builds: { done: 0, expected: 0, running: 0, failed: 0 },
    copies: { done: 0, expected: 0, running: 0, failed: 0 },
  };

  constructor(
    private readonly output: LogOutput,
    private readonly most: Level,
  ) {}

  planned(plan: RealisePlan): void {
    const steps = planSteps(plan);
    if (steps.length === 0) return;
    for (const line of planLines(plan)) this.message(levels.info, line);
    this.totals ??= {
      realise: this.start(activityTypes.realise, levels.error, ''),
      builds: this.start(activityTypes.builds, levels.error, ''),
      copies: this.start(activityTypes.copyPaths, levels.error, ''),
    };
    for (const step of steps) {
      this.steps.set(step.id, step);
      this.countsOf(step).expected += 1;
    }
    this.result(this.totals.realise, resultTypes.setExpected, [activityTypes.fileTransfer, plan.downloadBytes]);
    this.tellCounts();
  }

  onBuild({ type, drvPath, machine }: BuildEvent): void {
    this.onStep(type, drvPath, machine);
  }

  onFetch({ type, path }: FetchEvent): void {
    this.onStep(type, path);
  }

  private onStep(type: BuildEvent['type'], stepId: string, machine = ''): void {
    const step = this.steps.get(stepId);
    if (!step) return;
    const counts = this.countsOf(step);
    if (type === 'started') {
      const { fetched } = step;
      const fields = fetched ? [fetched.path, fetched.source, 'local'] : [stepId, machine, 1, 1];
      const id = this.start(fetched ? activityTypes.copyPath : activityTypes.build, levels.info, stepText(step), fields);
      this.running.set(stepId, { id, done: 0, expected: step.downloadBytes });
      counts.running += 1;
    } else {
      this.stop(stepId);
      counts.running -= 1;
      if (type === 'finished') counts.done += 1;
      else counts.failed += 1;
    }
    this.tellCounts();
  }

  onProgress(event: ProgressEvent): void {
    const known = this.running.get(event.id);
    if (event.type === 'start') {
      if (known) Object.assign(known, { done: 0, expected: event.totalBytes ?? known.expected });
      else
        this.running.set(event.id, {
          id: this.start(...startOf(event)),
          done: 0,
          expected: event.totalBytes ?? 0,
        });
    } else if (event.type === 'advance' && known) {
      known.done += event.bytes;
      this.result(known.id, resultTypes.progress, [known.done, Math.max(known.expected, known.done), 0, 0]);
    } else if (event.type === 'finish' && !this.steps.has(event.id)) {
      this.stop(event.id);
    }
  }

  buildLine(_name: string, line: string, drvPath: string): void {
    const running = this.running.get(drvPath);
    if (running) this.result(running.id, resultTypes.buildLogLine, [line]);
  }

  message(level: Level, text: string, bare?: string): void {
    if (level <= this.most) this.write({ action: 'msg', level, msg: text, ...(bare !== undefined && { raw_msg: bare }) });
  }

  clear(): void {}

  end(): void {
    for (const key of [...this.running.keys()]) this.stop(key);
    for (const id of Object.values(this.totals ?? {}).reverse()) this.write({ action: 'stop', id });
    this.totals = undefined;
  }

  private countsOf(step: LogStep): { done: number; expected: number; running: number; failed: number } {
    return step.fetched ? this.counts.copies : this.counts.builds;
  }

  private tellCounts(): void {
    if (!this.totals) return;
    for (const [id, { done, expected, running, failed }] of [
      [this.totals.builds, this.counts.builds],
      [this.totals.copies, this.counts.copies],
    ] as const) {
      this.result(id, resultTypes.progress, [done, expected, running, failed]);
    }
  }

  private start(type: number, level: Level, text: string, fields?: unknown[]): number {
    const id = (this.lastId += 1);
    this.write({ action: 'start', ...(fields && { fields }), id, level, parent: 0, text, type });
    return id;
  }

  private result(id: number, type: number, fields: unknown[]): void {
    this.write({ action: 'result', fields, id, type });
  }

  private stop(key: string): void {
    const running = this.running.get(key);
    if (running) this.write({ action: 'stop', id: running.id });
    this.running.delete(key);
  }

  private write(entry: Record<string, unknown>): void {
    this.output.text(`@nix ${escapedControls(JSON.stringify(entry))}\n`);
  }
}

/** The type, level, text and fields of an activity. */
function startOf({
  id,
  activity,
  download,
  transfer,
}: Extract<ProgressEvent, { type: 'start' }>): [type: number, level: Level, text: string, fields?: unknown[]] {
  if (transfer === 'all') return [activityTypes.copyPaths, levels.info, activity];
  if (transfer) return [activityTypes.copyPath, levels.info, activity, [id, transfer.from, transfer.to]];
  return download ? [activityTypes.fileTransfer, levels.talkative, activity, [id]] : [activityTypes.unknown, levels.talkative, activity];
}

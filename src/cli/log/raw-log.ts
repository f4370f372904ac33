import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, FetchEvent, RealisePlan } from '../../realise/realise-types.ts';
import { levels, type Level, type Log, type LogOutput } from './log.ts';
import { planLines, planSteps, stepText, type LogStep } from './plan-text.ts';

export interface RawLogOptions {
  /** Less important messages are not shown. */
  most: Level;
  /** Whether the builders' lines are shown. */
  buildLines: boolean;
  /** What is to be said of a text, once: before it, or after an error. */
  explain(text: string): string | undefined;
}

/** One line per event, as Nix's `raw`: for files, pipes and later reading. */
export class RawLog implements Log {
  private readonly steps = new Map<string, LogStep>();

  constructor(
    protected readonly output: LogOutput,
    private readonly options: RawLogOptions,
  ) {}

  planned(plan: RealisePlan): void {
    for (const step of planSteps(plan)) this.steps.set(step.id, step);
    const lines = planLines(plan);
    if (lines.length > 0) this.message(levels.info, lines.join('\n'));
  }

  /** What an evaluation fetches, or a copy transfers; a build has its own line. */
  onProgress(event: ProgressEvent): void {
    if (event.type === 'start' && (event.download || event.transfer) && !this.steps.has(event.id))
      this.message(levels.info, `${event.activity}...`);
  }

  onBuild({ type, drvPath, machine }: BuildEvent): void {
    if (type === 'started') this.begin(drvPath, machine === undefined ? '' : ` on '${machine}'`);
  }

  onFetch({ type, path }: FetchEvent): void {
    if (type === 'started') this.begin(path);
  }

  buildLine(name: string, line: string, _drvPath: string): void {
    if (this.options.buildLines) this.line(`${name}> ${line}`);
  }

  message(level: Level, text: string, _bare?: string): void {
    if (level > this.options.most) return;
    const explanation = this.options.explain(text);
    this.line(explanation === undefined ? text : level === levels.error ? `${text}\n${explanation}` : `${explanation}\n${text}`);
  }

  clear(): void {}

  end(): void {}

  private begin(id: string, where = ''): void {
    const step = this.steps.get(id);
    if (step) this.message(levels.info, `${stepText(step)}${where}...`);
  }

  protected line(text: string): void {
    this.output.text(`${text}\n`);
  }
}

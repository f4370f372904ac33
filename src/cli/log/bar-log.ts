import { visibleLine } from '../../base/control-characters.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, FetchEvent, RealisePlan } from '../../realise/realise-types.ts';
import { formatBytes, formatBytesOf } from '../../base/format-bytes.ts';
import type { LogOutput } from './log.ts';
import { RawLog, type RawLogOptions } from './raw-log.ts';
import { Totals, type Activity } from './totals.ts';

/** Milliseconds between two updates. */
const redrawInterval = 100;
/** As many steps as fit on a line beside the totals. */
const shownActivities = 2;

/** One line at the bottom of the terminal: finished steps, bytes, rate, and the longest running steps. Messages appear above it. */
export class BarLog extends RawLog {
  private readonly totals: Totals;
  private lastDraw = -Infinity;
  private drawn = false;

  /** `verbose`: every step also has its own line. */
  constructor(
    output: LogOutput,
    options: RawLogOptions,
    private readonly now: () => number,
    private readonly verbose: boolean,
  ) {
    super(output, options);
    this.totals = new Totals(now);
  }

  override planned(plan: RealisePlan): void {
    this.totals.planned(plan);
    if (this.verbose) super.planned(plan);
  }

  override onProgress(event: ProgressEvent): void {
    this.totals.onProgress(event);
    if (this.verbose) super.onProgress(event);
    this.draw();
  }

  override onBuild(event: BuildEvent): void {
    this.totals.onBuild(event);
    if (this.verbose) super.onBuild(event);
    this.draw();
  }

  override onFetch(event: FetchEvent): void {
    this.totals.onFetch(event);
    if (this.verbose) super.onFetch(event);
    this.draw();
  }

  override clear(): void {
    if (this.drawn) this.output.draw('');
    this.drawn = false;
  }

  override end(): void {
    this.clear();
  }

  protected override line(text: string): void {
    this.clear();
    super.line(text);
    this.draw(true);
  }

  private draw(atOnce = false): void {
    const now = this.now();
    if (!atOnce && now - this.lastDraw < redrawInterval) return;
    this.lastDraw = now;
    if (this.totals.activities.size === 0) return this.clear();
    this.output.draw(fitting(visibleLine(this.text()), Math.max(20, (this.output.columns ?? 80) - 1)));
    this.drawn = true;
  }

  private text(): string {
    const {
      steps,
      finishedSteps,
      activities,
      downloaded: { done, total },
      rate,
    } = this.totals;
    const parts = [
      ...(steps > 0 ? [`${finishedSteps}/${steps}`] : []),
      ...(total > 0 ? [`${formatBytesOf(done, total)} DL`, ...(done < total || steps === 0 ? [`${formatBytes(rate)}/s`] : [])] : []),
    ];
    // The longest running ones: small packages come and go.
    const shown = [...activities.values()].slice(0, shownActivities).map(describe);
    return `${parts.length ? `[${parts.join(', ')}] ` : ''}${shown.join(', ')}`;
  }
}

function describe({ text, done, total }: Activity): string {
  return total ? `${text} ${Math.min(100, Math.floor((100 * done) / total))}%` : text;
}

/** Truncates text to so many columns; a character beyond ASCII may take two. */
function fitting(line: string, columns: number): string {
  let used = 0;
  for (const [at, character] of [...line].entries()) {
    used += character < '\x7f' ? 1 : 2;
    if (used > columns) return [...line].slice(0, at).join('');
  }
  return line;
}

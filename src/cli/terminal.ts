import { monotonicMilliseconds } from '../io/clock.ts';
import { ProgressDisplay } from './progress.ts';
import { renderError, styleFor, type Style } from './report.ts';

/** What a command talks to: results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly progress: ProgressDisplay;
  readonly style: Style;
  readonly signal: AbortSignal;
  /** A line of result. */
  print(line: string): void;
  /** A line for the person watching; `--quiet` leaves it out. */
  note(line: string): void;
  warn(line: string): void;
  error(error: unknown): void;
}

export function openTerminal(options: { quiet: boolean; showTrace: boolean; signal: AbortSignal }): Terminal {
  const progress = new ProgressDisplay(process.stderr, monotonicMilliseconds, Boolean(process.stderr.isTTY) && !options.quiet);
  const style = styleFor(process.stderr);
  return {
    progress,
    style,
    signal: options.signal,
    print: (line) => {
      progress.clear();
      process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      if (!options.quiet) progress.message(line);
    },
    warn: (line) => progress.message(`${style.bold('warning:')} ${line}`),
    error: (error) => progress.message(renderError(error, style, { showTrace: options.showTrace })),
  };
}

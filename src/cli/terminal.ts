import { monotonicMilliseconds } from '../io/clock.ts';
import { errorOutput, standardOutput } from './output.ts';
import { ProgressDisplay } from './progress.ts';
import { renderError, styleFor, type Style } from './report.ts';

/** What a command talks to: results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly progress: ProgressDisplay;
  readonly style: Style;
  readonly signal: AbortSignal;
  /** A line of a result, exact where it goes to a program or a file. */
  print(line: string): void;
  /** A result that is read by people alone: what a terminal would obey is made visible wherever it goes. */
  show(text: string): void;
  /** Bytes of a result, exact where they go to a program or a file. */
  data(data: string | Uint8Array): void;
  /** The same, on standard error. */
  errorData(data: Uint8Array): void;
  /** A line for the person watching; `--quiet` leaves it out. */
  note(line: string): void;
  warn(line: string): void;
  error(error: unknown): void;
}

export function openTerminal(options: { quiet: boolean; showTrace: boolean; signal: AbortSignal }): Terminal {
  const progress = new ProgressDisplay(errorOutput, monotonicMilliseconds, errorOutput.isTerminal && !options.quiet);
  const style = styleFor(errorOutput);
  const onStandardOutput = (write: () => void): void => {
    progress.clear();
    write();
  };
  return {
    progress,
    style,
    signal: options.signal,
    print: (line) => onStandardOutput(() => standardOutput.data(`${line}\n`)),
    show: (text) => onStandardOutput(() => standardOutput.text(`${text}\n`)),
    data: (data) => onStandardOutput(() => standardOutput.data(data)),
    errorData: (data) => errorOutput.data(data),
    note: (line) => {
      if (!options.quiet) progress.message(line);
    },
    warn: (line) => progress.message(`${style.bold('warning:')} ${line}`),
    error: (error) => progress.message(renderError(error, style, { showTrace: options.showTrace })),
  };
}

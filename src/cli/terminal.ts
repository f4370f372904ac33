import { openLog } from './log/index.ts';
import { levels, type Log } from './log/log.ts';
import { errorOutput, standardOutput } from './output.ts';
import { bareError, renderError, styleFor, type Style } from './report.ts';

/** What a command talks to: results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly log: Log;
  readonly style: Style;
  readonly signal: AbortSignal;
  /** A person reads what is not a result. */
  readonly isTerminal: boolean;
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
  /** A line that only `--verbose` shows; undefined without it. */
  detail: ((line: string) => void) | undefined;
  /** `kind` is "warning" unless given. */
  warn(line: string, kind?: string): void;
  error(error: unknown, options?: { showTrace: boolean }): void;
  /** The file or folder of this machine that a store path is. */
  hostPath(storePath: string): string;
}

export interface TerminalOptions {
  quiet: boolean;
  verbose: boolean;
  showTrace: boolean;
  /** `--log-format`. */
  logFormat: string | undefined;
  /** `--print-build-logs`. */
  buildLines: boolean;
  signal: AbortSignal;
  /** Where the files of /nix/store are. */
  storeFolder(): string;
}

/** Throws `cli/bad-log-format`. */
export function openTerminal(options: TerminalOptions): Terminal {
  const explain = explainer(options.storeFolder);
  const log = openLog({
    format: options.logFormat,
    quiet: options.quiet,
    verbose: options.verbose,
    buildLines: options.buildLines,
    explain,
  });
  const style = styleFor(errorOutput);
  const result = (text: string, write: (text: string) => void): void => {
    log.clear();
    write(text);
    const explanation = standardOutput.isTerminal ? explain(text) : undefined;
    if (explanation !== undefined) log.message(levels.info, explanation);
  };
  return {
    log,
    style,
    signal: options.signal,
    isTerminal: errorOutput.isTerminal,
    print: (line) => result(`${line}\n`, (text) => standardOutput.data(text)),
    show: (text) => result(`${text}\n`, (shown) => standardOutput.text(shown)),
    data: (data) => {
      log.clear();
      standardOutput.data(data);
    },
    errorData: (data) => errorOutput.data(data),
    note: (line) => log.message(levels.info, line),
    detail: options.verbose && !options.quiet ? (line) => log.message(levels.talkative, line) : undefined,
    warn: (line, kind = 'warning') => log.message(levels.warning, `${style.bold(`${kind}:`)} ${line}`, line),
    error: (error, { showTrace } = options) => log.message(levels.error, renderError(error, style, { showTrace }), bareError(error)),
    hostPath: (path) => path.replace(/^\/nix\/store(?=\/)/, options.storeFolder()),
  };
}

/** Store paths are named as everywhere, /nix/store/...; where they lie elsewhere, that is said once, with the first that is shown. */
function explainer(storeFolder: () => string): (text: string) => string | undefined {
  let said = false;
  return (text) => {
    if (said || !/\/nix\/store\/[0-9a-z]{32}-/.test(text)) return undefined;
    said = true;
    const folder = storeFolder();
    return folder === '/nix/store' || text.includes(folder) ? undefined : `(/nix/store is ${folder} on this machine)`;
  };
}

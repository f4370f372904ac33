import { setImmediate } from 'node:timers/promises';
import type { PipelineContext } from '../api/pipeline.ts';
import { askUser } from './ask-user.ts';
import { openLog } from './log/index.ts';
import { levels, type Log } from './log/log.ts';
import { errorOutput, standardOutput } from './output.ts';
import { bareError, renderError, styleFor, type Style } from './report.ts';

/** The output of a command: results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly log: Log;
  readonly style: Style;
  readonly signal: AbortSignal;
  /** Where machines are. Defaults to this host. */
  readonly host?: PipelineContext['host'];
  /** Whether a user reads standard error. */
  readonly isTerminal: boolean;
  /** Prints a line of a result, unchanged if it goes to a program or a file. */
  print(line: string): void;
  /** Prints a result for users only: control characters are always made visible. */
  show(text: string): void;
  /** Writes bytes of a result, unchanged if they go to a program or a file. */
  data(data: string | Uint8Array): void;
  /** The same for many pieces, at the reader's pace; each need be valid until the next only. Ends with the signal's reason. */
  stream(pieces: Iterable<Uint8Array>): Promise<void>;
  /** The same, on standard error. */
  errorData(data: Uint8Array): void;
  /** Prints a line for the user, unless `--quiet` is given. */
  note(line: string): void;
  /** Prints a line of detail; undefined without `--verbose`. */
  detail: ((line: string) => void) | undefined;
  /** Asks a yes-or-no question; the answer y is a yes. Returns undefined where no user can answer. */
  confirm(question: string): Promise<boolean | undefined>;
  /** `kind` defaults to "warning". */
  warn(line: string, kind?: string): void;
  error(error: unknown, options?: { showTrace: boolean }): void;
  /** The physical path of a store path. */
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

/** Bytes written before a signal is noticed: a file takes all of them at once. */
const TURN = 16 << 20;

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
  let folder: string | undefined;
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
    stream: async (pieces) => {
      log.clear();
      let left = TURN;
      for (const piece of pieces) {
        options.signal.throwIfAborted();
        const written = standardOutput.wholly(piece);
        if (written !== undefined) await written;
        left -= piece.length;
        if (left > 0) continue;
        left = TURN;
        await setImmediate();
      }
    },
    errorData: (data) => errorOutput.data(data),
    note: (line) => log.message(levels.info, line),
    detail: options.verbose && !options.quiet ? (line) => log.message(levels.talkative, line) : undefined,
    confirm: async (question) => {
      log.clear();
      return askUser(question, options.signal);
    },
    warn: (line, kind = 'warning') => log.message(levels.warning, `${style.bold(`${kind}:`)} ${line}`, line),
    error: (error, { showTrace } = options) => log.message(levels.error, renderError(error, style, { showTrace }), bareError(error)),
    hostPath: (path) => (path.startsWith('/nix/store/') ? (folder ??= options.storeFolder()) + path.slice('/nix/store'.length) : path),
  };
}

/** Store paths are always shown as /nix/store/...; if they are elsewhere, that is reported once, with the first path shown. */
function explainer(storeFolder: () => string): (text: string) => string | undefined {
  let said = false;
  return (text) => {
    if (said || !/\/nix\/store\/[0-9a-z]{32}-/.test(text)) return undefined;
    said = true;
    const folder = storeFolder();
    return folder === '/nix/store' || text.includes(folder) ? undefined : `(/nix/store is ${folder} on this machine)`;
  };
}

import { hidePasswords } from './hide-passwords.ts';

/** A place in a source text. `line` and `column` count from 1; column counts characters. */
export interface Position {
  file: string;
  line: number;
  column: number;
  /** The text of that line, without its line break, where it could be read. */
  sourceLine?: string;
}

/** One step of how an error came about, innermost first: "while evaluating the option `x`". */
export interface TraceStep {
  message: string;
  position?: Position;
}

export interface BootflakeErrorInit {
  /** Stable and greppable: `eval/undefined-variable`, `debian/bad-signature`. Never renamed. */
  code: string;
  /** What went wrong, with the values that matter. */
  message: string;
  /** What to do about it; best a command to run. */
  hint?: string;
  position?: Position;
  trace?: TraceStep[];
  cause?: unknown;
  /** Exit status of the process. Defaults to 1. */
  exitStatus?: number;
}

/** Every error that a user can cause. Anything else thrown is a bug in bootflake and is shown with its stack. */
export class BootflakeError extends Error {
  readonly code: string;
  hint: string | undefined;
  position: Position | undefined;
  trace: TraceStep[];
  readonly exitStatus: number;

  constructor(init: BootflakeErrorInit) {
    super(hidePasswords(oddBytesShown(init.message)), init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'BootflakeError';
    this.code = init.code;
    this.hint = init.hint === undefined ? undefined : hidePasswords(init.hint);
    this.position = init.position;
    this.trace = init.trace ?? [];
    this.exitStatus = init.exitStatus ?? 1;
  }
}

/** The plain form of an error, for crossing a worker's boundary. */
export interface SerializedError extends BootflakeErrorInit {
  stack?: string;
  /** The fields of a failed system call, which its reader explains. */
  system?: { code: string; syscall?: string; path?: string; dest?: string };
}

export function serializeError(error: unknown): SerializedError {
  if (error instanceof BootflakeError) {
    const { code, message, hint, position, trace, exitStatus, stack } = error;
    return {
      code,
      message,
      trace,
      exitStatus,
      ...(hint !== undefined && { hint }),
      ...(position && { position }),
      ...(stack && { stack }),
    };
  }
  if (error instanceof Error) {
    const { code, syscall, path, dest } = error as Error & { [field: string]: unknown };
    const system = typeof code === 'string' ? { code, syscall: text(syscall), path: text(path), dest: text(dest) } : undefined;
    return { code: 'internal', message: error.message, stack: error.stack, system };
  }
  return { code: 'internal', message: String(error) };
}

export function deserializeError(plain: SerializedError): Error {
  if (plain.code !== 'internal') return new BootflakeError(plain);
  const error = Object.assign(new Error(plain.message), plain.system);
  if (plain.stack) error.stack = plain.stack;
  return error;
}

/** Bytes of file names that are no text (tree/byte-name.ts), as people and terminals can read them. */
function oddBytesShown(message: string): string {
  return message.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]/g, (char) => `\\x${(char.charCodeAt(0) - 0xdc00).toString(16)}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

import { hidePasswords } from './hide-passwords.ts';

/** A place in a source text. */
export interface Position {
  /** Its path, or a name in «» for what is no file. */
  file: string;
  /** From 1 on. */
  line: number;
  /** From 1 on, in characters. */
  column: number;
  /** The text of that line, without its line break, where it could be read. */
  sourceLine?: string;
}

/** One step of how an error came about, innermost first: "while evaluating the option `x`". */
export interface TraceStep {
  /** What was being done. */
  message: string;
  /** Where, if that is known. */
  position?: Position;
}

/** What a {@link BootflakeError} is made of. */
export interface BootflakeErrorInit {
  /** Stable and greppable: `eval/undefined-variable`, `debian/bad-signature`. Never renamed. */
  code: string;
  /** What went wrong, with the values that matter. */
  message: string;
  /** What to do about it; best a command to run. */
  hint?: string;
  /** Where in a source text, if it is there. */
  position?: Position;
  /** How it came about, innermost step first. Defaults to none. */
  trace?: TraceStep[];
  /** The error that it was made of. */
  cause?: unknown;
  /** Exit status of the process. Defaults to 1. */
  exitStatus?: number;
}

/** Every error that a user can cause. Anything else thrown is a bug in bootflake and is shown with its stack. */
export class BootflakeError extends Error {
  /** Stable and greppable: `eval/undefined-variable`, `debian/bad-signature`. Never renamed. */
  readonly code: string;
  /** What to do about it; best a command to run. */
  hint: string | undefined;
  /** Where in a source text, if it is there. */
  position: Position | undefined;
  /** How it came about, innermost step first. */
  trace: TraceStep[];
  /** What the command line exits with. */
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

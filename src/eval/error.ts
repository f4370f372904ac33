import { BootflakeError, type BootflakeErrorInit, type Position, type TraceStep } from '../base/errors.ts';
import { decodeBytes } from '../lang/bytes.ts';
import { noPos, resolvePos, type Pos } from '../lang/position.ts';
import { siteOf, type ThunkCode } from './thunk-site.ts';

/** One step outwards from an error: what was being evaluated, and where that stands. Made readable only when shown. */
interface RawStep {
  message: string;
  pos: Pos;
}

/** An error of the evaluated program. Positions are resolved when it is finished (`finishError`). */
export class EvalError extends BootflakeError {
  pos: Pos;
  /** `builtins.tryEval` catches it: it came from `throw`, `assert` or a search path look-up. */
  readonly catchable: boolean;
  /** Innermost first: what was noted explicitly, and the code of the thunks that were being evaluated. */
  readonly steps: (RawStep | ThunkCode)[] = [];

  constructor(init: BootflakeErrorInit, pos: Pos, catchable: boolean) {
    super(init);
    this.pos = pos;
    this.catchable = catchable;
  }
}

/** An error with a stable code (`eval/...`) at a place. Message and hint are byte strings, as the evaluator's strings are. */
export function evalError(code: string, message: string, pos: Pos, hint?: string): EvalError {
  return new EvalError({ code, message: decodeBytes(message), ...(hint !== undefined && { hint: decodeBytes(hint) }) }, pos, false);
}

/** As `evalError`, but `builtins.tryEval` catches it. */
export function catchableError(code: string, message: string, pos: Pos, hint?: string): EvalError {
  return new EvalError({ code, message: decodeBytes(message), ...(hint !== undefined && { hint: decodeBytes(hint) }) }, pos, true);
}

export function typeError(message: string, pos: Pos): EvalError {
  return evalError('eval/type-error', message, pos);
}

/** An error of the host, such as that a path may not be read, at the place that it is about, unless it names one itself. */
export function placedAt(error: unknown, pos: Pos): unknown {
  if (!(error instanceof BootflakeError) || error instanceof EvalError || error.position) return error;
  const { code, hint, cause, exitStatus } = error;
  // The host repeats a store path's name in the evaluator's bytes.
  const message = code === 'store/bad-name' ? decodeBytes(error.message) : error.message;
  return new EvalError({ code, message, cause, exitStatus, ...(hint !== undefined && { hint }) }, pos, false);
}

const maxSteps = 200;

/** Notes a step of how the error came about; for catch blocks that throw on. Errors that aren't EvalErrors pass untouched. */
export function addStep(error: unknown, message: string, pos: Pos): void {
  if (error instanceof EvalError && error.steps.length < maxSteps) error.steps.push({ message, pos });
}

/** Notes that a thunk was being evaluated when the error came. */
export function addSite(error: unknown, code: ThunkCode): void {
  if (error instanceof EvalError && error.steps.length < maxSteps && error.steps[error.steps.length - 1] !== code) error.steps.push(code);
}

export function toPosition(pos: Pos): Position | undefined {
  const plain = pos === noPos ? undefined : resolvePos(pos);
  if (!plain) return undefined;
  // Readers count characters, the evaluator counts bytes.
  const column = decodeBytes(plain.sourceLine.slice(0, plain.column - 1)).length + 1;
  return { file: decodeBytes(plain.file), line: plain.line, column, sourceLine: decodeBytes(plain.sourceLine) };
}

/** JavaScript's own error when the stack is full; a SyntaxError where that left no room to compile a regular expression. */
export function isStackOverflow(error: unknown): boolean {
  return (error instanceof RangeError || error instanceof SyntaxError) && error.message.endsWith('Maximum call stack size exceeded');
}

/** `pos`: where the value begins that was being evaluated innermost. */
export function stackOverflow(pos: Pos = noPos): EvalError {
  return new EvalError(
    {
      code: 'eval/stack-overflow',
      message: 'the evaluation nests too deeply: the stack is exhausted',
      hint: 'most often a function that calls itself without end; look for a recursion that lacks its last case',
    },
    pos,
    false,
  );
}

/** Gives an error that leaves the evaluator its readable position and trace; a JavaScript stack overflow becomes `eval/stack-overflow`. */
export function finishError(thrown: unknown): unknown {
  if (thrown instanceof RangeError && thrown.message === 'Invalid string length') {
    return new BootflakeError({
      code: 'eval/string-too-long',
      message: 'a string of more than 512 MB',
      hint: 'look for a recursion that makes ever larger strings',
    });
  }
  const error = isStackOverflow(thrown) ? stackOverflow() : thrown;
  if (!(error instanceof EvalError)) return error;
  error.position ??= toPosition(error.pos);
  if (error.trace.length === 0) error.trace = readableTrace(error);
  return error;
}

function readableTrace(error: EvalError): TraceStep[] {
  const trace: TraceStep[] = [];
  let last = error.position;
  for (const raw of error.steps) {
    const step = typeof raw === 'function' ? siteStep(raw) : raw;
    if (!step) continue;
    const position = toPosition(step.pos);
    // A thunk on the line that was just named says nothing new.
    if (typeof raw === 'function' && last && position && last.file === position.file && last.line === position.line) continue;
    trace.push({ message: decodeBytes(step.message), ...(position && { position }) });
    last = position ?? last;
  }
  return trace;
}

function siteStep(code: ThunkCode): RawStep | undefined {
  const site = siteOf(code);
  return site && site.name !== null ? { message: `while evaluating \`${site.name}\``, pos: site.pos } : undefined;
}

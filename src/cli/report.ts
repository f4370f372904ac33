import { BootflakeError, type Position } from '../base/errors.ts';

/** Colours only where a person looks on: a terminal, and NO_COLOR not set. */
export interface Style {
  red(text: string): string;
  blue(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function styleFor(stream: { isTTY?: boolean }): Style {
  const on = Boolean(stream.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const wrap = (code: string) => (text: string) => (on ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { red: wrap('31;1'), blue: wrap('34;1'), bold: wrap('1'), dim: wrap('2') };
}

/** An error as a person reads it: what, where with the source line, how it came about, what to do. */
export function renderError(error: unknown, style: Style, options: { showTrace?: boolean } = {}): string {
  if (!(error instanceof BootflakeError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style.red('error (a fault of bootflake itself):')} ${text}`;
  }
  const lines = [`${style.red('error:')} ${indentRest(error.message)}`];
  if (error.position) lines.push(...renderPosition(error.position, style));
  const steps = error.trace;
  const shown = options.showTrace ? steps : steps.slice(0, 4);
  for (const step of shown) {
    lines.push(`  ${style.dim('…')} ${step.message}`);
    if (step.position) lines.push(...renderPosition(step.position, style));
  }
  if (shown.length < steps.length) lines.push(`  ${style.dim(`… ${steps.length - shown.length} more steps; --show-trace shows them`)}`);
  if (error.hint) lines.push(`  ${style.blue('hint:')} ${error.hint.replaceAll('\n', '\n        ')}`);
  lines.push(`  ${style.dim(`[${error.code}]`)}`);
  return lines.join('\n');
}

function renderPosition(position: Position, style: Style): string[] {
  const lines = [`    at ${style.bold(`${position.file}:${position.line}:${position.column}`)}`];
  if (position.sourceLine !== undefined) {
    const number = String(position.line).padStart(5);
    const before = position.sourceLine.slice(0, Math.max(0, position.column - 1)).replace(/[^\t]/g, ' ');
    lines.push(`    ${number}| ${position.sourceLine}`, `         | ${before}${style.red('^')}`);
  }
  return lines;
}

function indentRest(message: string): string {
  return message.replaceAll('\n', '\n       ');
}

import { visibleLine } from '../base/control-characters.ts';
import { BootflakeError, type Position, type TraceStep } from '../base/errors.ts';
import { packageRoot } from '../io/package-root.ts';

/** Colours only where a person looks on: a terminal, and NO_COLOR not set. */
export interface Style {
  red(text: string): string;
  blue(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function styleFor({ colours }: { colours: boolean }): Style {
  const wrap = (code: string) => (text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { red: wrap('31;1'), blue: wrap('34;1'), bold: wrap('1'), dim: wrap('2') };
}

/** An error as a person reads it: what, where with the source line, how it came about, what to do. */
export function renderError(error: unknown, style: Style, options: { showTrace?: boolean } = {}): string {
  if (!(error instanceof BootflakeError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style.red('error (a fault of bootflake itself):')} ${text}`;
  }
  const lines = [`${style.red('error:')} ${indentRest(error.message)}`];
  const steps = error.trace;
  const ofUser = options.showTrace ? steps : userSteps(error);
  const shown = options.showTrace ? steps : ofUser.slice(0, 4);
  // Where our library throws says nothing to its user, as long as there is a place of the user's own.
  const place = !options.showTrace && isOurs(error.position) && (ofUser.some((step) => step.position) || /`[^']*:\d+:\d+'/.test(error.message)) ? undefined : error.position;
  if (place) lines.push(...renderPosition(place, style));
  for (const step of shown) {
    lines.push(`  ${style.dim('…')} ${step.message}`);
    if (step.position && (options.showTrace || !isOurs(step.position))) lines.push(...renderPosition(step.position, style));
  }
  if (shown.length < steps.length) lines.push(`  ${style.dim(`… ${steps.length - shown.length} more steps; --show-trace shows them`)}`);
  if (error.hint) lines.push(`  ${style.blue('hint:')} ${error.hint.replaceAll('\n', '\n        ')}`);
  lines.push(`  ${style.dim(`[${error.code}]`)}`);
  return lines.join('\n');
}

/** What an error says, without its head, places and colours. */
export function bareError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The steps at places of the user, and those of our library that a person wrote ("while evaluating the option ..."). */
function userSteps({ trace }: BootflakeError): TraceStep[] {
  const steps = trace.filter(({ message, position }) => !isOurs(position) || !/^while evaluating `[^`']*`$/.test(message));
  return steps.length > 0 ? steps : trace;
}

function isOurs(position: Position | undefined): boolean {
  return position !== undefined && position.file.startsWith(`${packageRoot()}/distro/`);
}

function renderPosition(position: Position, style: Style): string[] {
  const lines = [`    at ${style.bold(`${position.file}:${position.line}:${position.column}`)}`];
  if (position.sourceLine !== undefined) {
    const number = String(position.line).padStart(5);
    const before = visibleLine(position.sourceLine.slice(0, Math.max(0, position.column - 1))).replace(/[^\t]/g, ' ');
    lines.push(`    ${number}| ${visibleLine(position.sourceLine.replace(/\r$/, ''))}`, `         | ${before}${style.red('^')}`);
  }
  return lines;
}

function indentRest(message: string): string {
  return message.replaceAll('\n', '\n       ');
}

import { visibleLine } from '../base/control-characters.ts';
import { BootflakeError, type Position, type TraceStep } from '../base/errors.ts';
import { packageRoot } from '../system/package-root.ts';

/** Colours only on a terminal, and if NO_COLOR is not set. */
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

/** Formats an error for the user: message, position with source line, trace, hint. */
export function renderError(error: unknown, style: Style, options: { showTrace?: boolean } = {}): string {
  if (!(error instanceof BootflakeError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${style.red('error (a fault of bootflake itself):')} ${text}`;
  }
  const steps = options.showTrace ? error.trace.filter((step) => !isLogLine(step)) : userSteps(error);
  // A position in our library is of no use to the user if there is one in the user's files.
  const namesPlace = steps.some((step) => step.position) || /`[^']*:\d+:\d+'/.test(error.message);
  // A message thrown by a module is written for its user.
  const isForUser = namesPlace || error.code === 'eval/throw';
  const place = !options.showTrace && isOurs(error.position) && isForUser ? undefined : error.position;
  const where = place ? renderPosition(place, style) : [];
  const end = [
    ...(error.hint ? [`  ${style.blue('hint:')} ${sentence(error.hint).replaceAll('\n', '\n        ')}`] : []),
    `  ${style.dim(`[${error.code}]`)}`,
  ];
  const isLimited = !options.showTrace && error.code.startsWith('eval/');
  const message = `${style.red('error:')} ${indentRest(error.message)}`.split('\n');
  const log = logLines(error);
  const head = [
    ...(isLimited ? cut(message, maxRows - rowsOf([...where, ...end]) - 2) : message),
    ...where,
    ...lastFitting(log, maxRows - rowsOf([...message, ...where, ...end]) - 4),
  ];
  const rendered = steps.map((step) => [
    `  ${style.dim('…')} ${step.message}`,
    ...(step.position && (options.showTrace || !isOurs(step.position)) ? renderPosition(step.position, style) : []),
  ]);
  const shown = options.showTrace ? rendered : fitting(rendered, maxRows - rowsOf([...head, ...end]) - 1).slice(0, maxSteps);
  const left = error.trace.length - shown.length - log.length;
  const more = left > 0 ? [`  ${style.dim(`… ${left} more ${left === 1 ? 'step' : 'steps'}; --show-trace shows them`)}`] : [];
  return [...head, ...shown.flat(), ...more, ...end].join('\n');
}

/** Hints begin alike: with a capital, unless the first word is a name or an option. */
function sentence(hint: string): string {
  return /^[a-z]+[ ,:]/.test(hint) ? hint[0]!.toUpperCase() + hint.slice(1) : hint;
}

/** Returns an error's message without prefix, positions and colours. */
export function bareError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A terminal of the usual size must not scroll the first line of an error away. */
const maxRows = 24;
const columns = 80;
const maxSteps = 4;

function rowsOf(lines: string[]): number {
  const plain = lines.join('\n').replace(/\x1b\[[0-9;]*m/g, '');
  return plain.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil([...line].length / columns)), 0);
}

/** Returns as many of the first lines as there are rows for, and the number of the rest. */
function cut(lines: string[], rows: number): string[] {
  if (rowsOf(lines) <= rows) return lines;
  const shown = fitting(
    lines.map((line) => [line]),
    rows - 1,
  ).flat();
  return [...shown, `       … ${lines.length - shown.length} more lines; --show-trace shows them`];
}

/** Returns as many of the first steps as there are rows for. */
function fitting(steps: string[][], rows: number): string[][] {
  let left = rows;
  const fit = steps.findIndex((step) => (left -= rowsOf(step)) < 0);
  return fit < 0 ? steps : steps.slice(0, fit);
}

const logPrefix = 'log: ';

function isLogLine({ message }: TraceStep): boolean {
  return message.startsWith(logPrefix);
}

/** The end of a failed builder's log. */
function logLines({ trace }: BootflakeError): string[] {
  return trace.filter(isLogLine).map(({ message }) => `       > ${message.slice(logPrefix.length)}`);
}

/** Returns as many of the last lines as there are rows for, but at least one. */
function lastFitting(lines: string[], rows: number): string[] {
  let first = lines.length;
  while (first > 0 && (first === lines.length || rowsOf(lines.slice(first - 1)) <= rows)) first -= 1;
  return lines.slice(first);
}

/**
 * Returns the steps in the user's files, and those of our library that name such a position: "while evaluating the option ..., defined at
 * ...".
 */
function userSteps({ trace, position }: BootflakeError): TraceStep[] {
  return trace.flatMap((step) => {
    if (isLogLine(step)) return [];
    if (step.message.startsWith('while building ')) return [step];
    // The position of the error itself.
    if (step.position && position && samePlace(step.position, position)) return [];
    if (step.position && !isOurs(step.position)) return [{ ...step, message: withUsersPlaces(step.message) ?? step.message }];
    const message = withUsersPlaces(step.message);
    return message === undefined ? [] : [{ ...step, message }];
  });
}

const placePattern = /`([^`']*)'(?: \(written at `([^`']*)'\))?/g;

/** Returns an option's step with only the user's positions; undefined when there are none, or for another step. */
function withUsersPlaces(message: string): string | undefined {
  const [, option, places] = /^(while evaluating the option `[^']*'), defined at (.*):$/s.exec(message) ?? [];
  if (places === undefined) return undefined;
  const users = [...places.matchAll(placePattern)].filter(([, file, written]) => !isOurFile(written ?? file!)).map(([text]) => text);
  return users.length === 0 ? undefined : `${option}, defined at ${users.join(', ')}:`;
}

function isOurs(position: Position | undefined): boolean {
  return position !== undefined && isOurFile(position.file);
}

function samePlace(a: Position, b: Position): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

function isOurFile(file: string): boolean {
  return file.startsWith(`${packageRoot()}/distro/`);
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

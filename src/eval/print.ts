/** Values as text: as `nix eval` prints them, as `nix-instantiate --eval` does, and short forms for error messages. */
import { BootflakeError } from '../base/errors.ts';
import { resolvePos, type Pos } from '../lang/position.ts';
import { encodeBytes } from '../lang/bytes.ts';
import { splitStorePath } from '../nix-format/store-path.ts';
import { quoteName, quoteString } from '../lang/quote.ts';
import { Attrs } from './attrs.ts';
import { charsOf } from './context.ts';
import { evalError } from './error.ts';
import { force } from './force.ts';
import {
  isString,
  Lambda,
  NixFloat,
  NixPath,
  NixString,
  type PartialApp,
  PlacedThunk,
  PrimOp,
  PrimOpApp,
  Thunk,
  type Forced,
  type Value,
} from './value.ts';

/** C's `%g`: 6 significant digits, as floats are printed. */
export function formatFloat(n: number): string {
  if (Number.isNaN(n)) return 'nan';
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf';
  if (n === 0) return Object.is(n, -0) ? '-0' : '0';
  const [rounded, exponentText] = n.toExponential(5).split('e') as [string, string];
  const digits = halfToEven(rounded, n.toExponential(MOST_DIGITS).split('e')[0]!);
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${stripZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return stripZeros(fixedDigits(n, 5 - exponent));
}

function stripZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** C's `%f`: 6 digits behind the point, as `toString` writes floats. */
export function formatFloatFixed(n: number): string {
  if (Number.isNaN(n)) return 'nan';
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf';
  if (Math.abs(n) < 1e21) return Object.is(n, -0) ? '-0.000000' : fixedDigits(n, 6);
  return `${BigInt(n)}.000000`;
}

/** As many as toFixed and toExponential know. No double comes so near to the middle between two roundings without lying there. */
const MOST_DIGITS = 100;

function fixedDigits(n: number, digits: number): string {
  return halfToEven(n.toFixed(digits), n.toFixed(MOST_DIGITS));
}

/** C rounds what lies in the middle to an even digit, JavaScript away from zero. `exact`: the number with all its digits. */
function halfToEven(rounded: string, exact: string): string {
  return /[13579]$/.test(rounded) && /^\.?50*$/.test(exact.slice(rounded.length)) ? exact.slice(0, rounded.length) : rounded;
}

/** « and » in UTF-8, as everything here is bytes. */
const open = '\xc2\xab';
const close = '\xc2\xbb';

export interface PrintOptions {
  /** `eval`: functions as `«lambda name @ place»`, derivations by their path; `instantiate`: `<LAMBDA>`, `<CODE>`. */
  style: 'eval' | 'instantiate';
  /** Evaluate what is not evaluated yet. */
  force?: boolean;
  maxDepth?: number;
  /** Of elements of lists, and of attributes, in all. */
  maxItems?: number;
  maxStringLength?: number;
  /** Sets and lists of more than one item, and those that hold others, take a line an item, indented by so many blanks. */
  indent?: number;
  /** An error inside of the value (not of the value itself) stands in its place as `«error: ...»`. */
  inlineErrors?: boolean;
  /** Paints what was written of one kind of value. */
  paint?: (text: string, kind: PaintedKind) => string;
}

export type PaintedKind = 'constant' | 'string' | 'path' | 'function' | 'note' | 'error';

/** A value as text: in one line, unless `indent` is given. */
export function printValue(v: Value, options: PrintOptions): string {
  const printer = new Printer(options);
  printer.print(v, 0);
  return printer.text;
}

type Noun = 'item' | 'attribute';

/** Appends to one text, as putting together what is inside of each level anew takes time with the square of the depth. */
class Printer {
  text = '';
  /**
   * As Nix: sets by themselves, lists by the place that holds them. A list that is evaluated into another place (`if true then x else x`)
   * is a copy there and no repetition, one that is only referred to (`[ x x ]`) is the same.
   */
  private readonly seen = new Set<object | number>();
  private items = { item: 0, attribute: 0 };
  private margin = '';

  constructor(private readonly options: PrintOptions) {}

  print(v: Value, depth: number): void {
    if (depth === 0) return this.value(v, depth);
    try {
      this.value(v, depth);
    } catch (error) {
      this.inline(error);
    }
  }

  private value(v: Value, depth: number): void {
    const instantiate = this.options.style === 'instantiate';
    if (v instanceof Thunk) {
      if (v.code !== null && !this.options.force) return instantiate ? this.write('<CODE>') : this.note('thunk');
      const forced = force(v);
      return Array.isArray(forced) ? this.list(forced, placeOf(v), depth) : this.value(forced, depth);
    }
    if (v === null) return this.paint('null', 'constant');
    if (typeof v === 'boolean' || typeof v === 'number' || typeof v === 'bigint') return this.paint(String(v), 'constant');
    if (v instanceof NixFloat) return this.paint(formatFloat(v.value), 'constant');
    if (typeof v === 'string') return this.string(v);
    if (v instanceof NixString) return this.string(v.s);
    if (v instanceof NixPath) return this.paint(v.path, 'path');
    if (Array.isArray(v)) return this.list(v, depth === 0 ? undefined : v, depth);
    if (v instanceof Attrs) return this.set(v, depth);
    this.paint(this.fn(v), 'function');
  }

  private write(text: string): void {
    this.text += text;
  }

  private paint(text: string, kind: PaintedKind): void {
    this.text += this.options.paint ? this.options.paint(text, kind) : text;
  }

  private note(text: string): void {
    this.paint(`${open}${text}${close}`, 'note');
  }

  private string(s: string): void {
    const { maxStringLength } = this.options;
    if (maxStringLength === undefined || s.length <= maxStringLength) return this.paint(quoteString(s), 'string');
    this.paint(quoteString(s.slice(0, maxStringLength)), 'string');
    this.write(' ');
    this.note(`${s.length - maxStringLength} bytes elided`);
  }

  private fn(v: Lambda | PartialApp | PrimOp | PrimOpApp): string {
    if (this.options.style === 'instantiate')
      return v instanceof PrimOp ? '<PRIMOP>' : v instanceof PrimOpApp ? '<PRIMOP-APP>' : '<LAMBDA>';
    if (v instanceof PrimOp) return `${open}primop ${v.name}${close}`;
    if (v instanceof PrimOpApp) return `${open}partially applied primop ${v.primop.name}${close}`;
    const { info } = v instanceof Lambda ? v : v.lambda;
    const at = resolvePos(functionPosition(v));
    return (
      `${open}lambda ${info.name ? `${quoteName(info.name)} ` : ''}@ ` +
      `${at ? `${at.file}:${at.line}:${at.column}` : `${open}none${close}`}${close}`
    );
  }

  /** `place`: what holds the list; undefined when nothing inside of it can. */
  private list(v: readonly Value[], place: object | number | undefined, depth: number): void {
    if (v.length > 0 && place !== undefined) {
      if (this.seen.has(place)) return this.note('repeated');
      this.seen.add(place);
    }
    if (depth >= this.maxDepth) return this.write('[ ... ]');
    if (v.length === 0) return this.write('[ ]');
    this.enclosed(
      '[',
      ']',
      v.length,
      (i) => this.print(v[i]!, depth + 1),
      'item',
      () => v[0]!,
    );
  }

  private set(v: Attrs, depth: number): void {
    const { style } = this.options;
    // As Nix: all empty sets are one, and repeated where they are met again; not so in the older style.
    if ((style === 'eval' || v.size > 0) && this.seen.has(v)) return this.note('repeated');
    this.seen.add(v);
    if (style === 'eval' && this.options.force && this.derivation(v)) return;
    if (depth >= this.maxDepth) return this.write('{ ... }');
    if (v.size === 0) return this.write('{ }');
    const { sortedSlots, keys } = v.shape;
    const slots = this.options.maxItems === undefined ? sortedSlots : tellingFirst(sortedSlots, keys);
    const item = (i: number): void => {
      this.write(`${quoteName(keys[slots[i]!]!)} = `);
      this.print(v.values[slots[i]!]!, depth + 1);
      this.write(';');
    };
    this.enclosed('{', '}', keys.length, item, 'attribute', () => v.values[slots[0]!]!);
  }

  /** Whether it is one, and written as such. */
  private derivation(v: Attrs): boolean {
    let text: string | undefined;
    try {
      text = derivationText(v);
    } catch (error) {
      this.inline(error);
      return true;
    }
    if (text !== undefined) this.paint(text, 'path');
    return text !== undefined;
  }

  /** What stands in the place of a value that fails. */
  private inline(error: unknown): void {
    if (!this.options.inlineErrors || !(error instanceof BootflakeError)) throw error;
    this.paint(`${open}error: ${encodeBytes(error.message)}${close}`, 'error');
  }

  private get maxDepth(): number {
    return this.options.maxDepth ?? Infinity;
  }

  private enclosed(opening: string, closing: string, length: number, item: (i: number) => void, noun: Noun, first: () => Value): void {
    const outer = this.margin;
    const { indent, maxItems = Infinity } = this.options;
    const tall = indent !== undefined && (length > 1 || this.holdsOthers(first()));
    if (indent !== undefined) this.margin += ' '.repeat(indent);
    const separator = tall ? `\n${this.margin}` : ' ';
    this.write(opening);
    for (let i = 0; i < length; i++) {
      this.write(separator);
      if (this.items[noun] >= maxItems) {
        const rest = length - i;
        this.note(`${rest} ${noun}${rest === 1 ? '' : 's'} elided`);
        break;
      }
      item(i);
      this.items[noun]++;
    }
    this.margin = outer;
    this.write(`${tall ? `\n${outer}` : ' '}${closing}`);
  }

  /** Whether a lone item needs a line of its own. Evaluates it, as it is printed next. */
  private holdsOthers(item: Value): boolean {
    try {
      const forced = force(item);
      return Array.isArray(forced) || forced instanceof Attrs;
    } catch (error) {
      if (!this.options.inlineErrors || !(error instanceof BootflakeError)) throw error;
      return false;
    }
  }
}

/** What tells lists apart: the thunk that holds one, or the cell of the machine that such a thunk stands for. */
function placeOf(holder: Thunk): object | number {
  return holder instanceof PlacedThunk ? holder.place : holder;
}

/** Where a set is cut short, what tells most about it comes first. */
function tellingFirst(slots: ArrayLike<number>, keys: readonly string[]): number[] {
  const telling = (slot: number): boolean => keys[slot] === 'type' || keys[slot] === '_type';
  const all = Array.from(slots);
  return [...all.filter(telling), ...all.filter((slot) => !telling(slot))];
}

/** Where a function begins; of one that was given some of its arguments, where the rest of it does. */
export function functionPosition(v: Lambda | PartialApp): Pos {
  return v instanceof Lambda ? v.info.pos : (v.lambda.info.innerPositions[v.args.length - 1] ?? v.lambda.info.pos);
}

/** `«derivation /nix/store/...»` for a derivation. Throws when its `drvPath` is no store path. */
function derivationText(v: Attrs): string | undefined {
  const type = v.get('type');
  if (type === undefined || force(type) !== 'derivation') return undefined;
  const drvPath = v.get('drvPath');
  if (drvPath === undefined) return `${open}derivation${close}`;
  const forced = force(drvPath);
  if (!isString(forced))
    throw evalError('eval/type-error', `cannot coerce ${describeType(forced)} to a string${shownAfterType(forced)}`, v.posOf('drvPath'));
  const path = charsOf(forced);
  if (splitStorePath(path) === undefined)
    throw evalError('eval/not-in-store', `path '${path}' is not in the Nix store`, v.posOf('drvPath'));
  return `${open}derivation ${path}${close}`;
}

/** `an integer: 5`, `a set: { a = 1; }`: for error messages; evaluates nothing. */
export function describe(v: Value): string {
  return describeType(v) + shownAfterType(v);
}

/** `: 5`: the value for an error message that has told its type; nothing where the type says it all. */
export function shownAfterType(v: Value): string {
  const value = v instanceof Thunk && v.code === null ? (v.env as Forced) : v;
  return value === null || value instanceof PrimOp || value instanceof PrimOpApp ? '' : `: ${printShort(v)}`;
}

/** The value as far as it is evaluated, cut short. */
export function printShort(v: Value): string {
  return printValue(v, { style: 'eval', maxDepth: 10, maxItems: 10, maxStringLength: 1024 });
}

/** `an integer`, `a set`: with an article. */
export function describeType(v: Value): string {
  if (v instanceof Thunk) return v.code === null ? describeType(v.env as Forced) : 'a thunk';
  if (v === null) return 'null';
  if (typeof v === 'boolean') return 'a Boolean';
  if (typeof v === 'number' || typeof v === 'bigint') return 'an integer';
  if (v instanceof NixFloat) return 'a float';
  if (typeof v === 'string') return 'a string';
  if (v instanceof NixString) return 'a string with context';
  if (v instanceof NixPath) return 'a path';
  if (Array.isArray(v)) return 'a list';
  if (v instanceof Attrs) return 'a set';
  if (v instanceof PrimOp) return `the built-in function '${v.name}'`;
  if (v instanceof PrimOpApp) return `the partially applied built-in function '${v.primop.name}'`;
  return 'a function';
}

/** What `builtins.typeOf` returns. */
export function typeName(v: Forced): string {
  if (v === null) return 'null';
  if (typeof v === 'boolean') return 'bool';
  if (typeof v === 'number' || typeof v === 'bigint') return 'int';
  if (v instanceof NixFloat) return 'float';
  if (typeof v === 'string' || v instanceof NixString) return 'string';
  if (v instanceof NixPath) return 'path';
  if (Array.isArray(v)) return 'list';
  if (v instanceof Attrs) return 'set';
  return 'lambda';
}

/** Values as text: as `nix eval` prints them, as `nix-instantiate --eval` does, and short forms for error messages. */
import { resolvePos } from '../lang/position.ts';
import { Attrs } from './attrs.ts';
import { force } from './force.ts';
import { Lambda, NixFloat, NixPath, NixString, PartialApp, PrimOp, PrimOpApp, Thunk, type Forced, type Value } from './value.ts';

/** C's `%g`: 6 significant digits, as floats are printed. */
export function formatFloat(n: number): string {
  if (Number.isNaN(n)) return 'nan';
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf';
  if (n === 0) return Object.is(n, -0) ? '-0' : '0';
  const [digits, exponentText] = n.toExponential(5).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${stripZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return stripZeros(n.toFixed(5 - exponent));
}

function stripZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** C's `%f`: 6 digits behind the point, as `toString` writes floats. */
export function formatFloatFixed(n: number): string {
  if (Number.isNaN(n)) return 'nan';
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf';
  if (Math.abs(n) < 1e21) return Object.is(n, -0) ? '-0.000000' : n.toFixed(6);
  return `${BigInt(n)}.000000`;
}

const stringEscapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A string as a Nix literal. */
export function quoteString(s: string): string {
  return `"${s.replace(/["\\\n\r\t]|\$(?=\{)/g, (c) => (c === '$' ? '\\$' : stringEscapes[c]!))}"`;
}

const keywords = new Set(['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit']);

/** Whether a name can be written without quotes. */
export function isIdentifier(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_'-]*$/.test(name) && !keywords.has(name);
}

/** An attribute's name as it is written in a set. */
export function quoteName(name: string): string {
  return isIdentifier(name) ? name : quoteString(name);
}

/** `a.b."c d"` */
export function showAttrPath(path: readonly string[]): string {
  return path.map(quoteName).join('.');
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
  maxItems?: number;
  maxStringLength?: number;
}

/** A value in one line. */
export function printValue(v: Value, options: PrintOptions): string {
  return new Printer(options).print(v, 0);
}

class Printer {
  private readonly seen = new Set<object>();
  private items = 0;

  constructor(private readonly options: PrintOptions) {}

  print(v: Value, depth: number): string {
    const instantiate = this.options.style === 'instantiate';
    if (v instanceof Thunk) {
      if (v.code === null) return this.print(v.env as Forced, depth);
      if (!this.options.force) return instantiate ? '<CODE>' : `${open}thunk${close}`;
      return this.print(force(v), depth);
    }
    if (v === null) return 'null';
    if (typeof v === 'boolean' || typeof v === 'number' || typeof v === 'bigint') return String(v);
    if (v instanceof NixFloat) return formatFloat(v.value);
    if (typeof v === 'string') return this.string(v);
    if (v instanceof NixString) return this.string(v.s);
    if (v instanceof NixPath) return v.path;
    if (Array.isArray(v)) return this.list(v, depth);
    if (v instanceof Attrs) return this.set(v, depth);
    return this.fn(v);
  }

  private string(s: string): string {
    const { maxStringLength } = this.options;
    if (maxStringLength === undefined || s.length <= maxStringLength) return quoteString(s);
    return `${quoteString(s.slice(0, maxStringLength))} ${open}${s.length - maxStringLength} bytes elided${close}`;
  }

  private fn(v: Lambda | PartialApp | PrimOp | PrimOpApp): string {
    if (this.options.style === 'instantiate') return v instanceof PrimOp ? '<PRIMOP>' : v instanceof PrimOpApp ? '<PRIMOP-APP>' : '<LAMBDA>';
    if (v instanceof PrimOp) return `${open}primop ${v.name}${close}`;
    if (v instanceof PrimOpApp) return `${open}partially applied primop ${v.primop.name}${close}`;
    const { info } = v instanceof Lambda ? v : v.lambda;
    const at = resolvePos(info.pos);
    return `${open}lambda ${info.name ? `${info.name} ` : ''}@ ${at ? `${at.file}:${at.line}:${at.column}` : `${open}none${close}`}${close}`;
  }

  private list(v: readonly Value[], depth: number): string {
    if (v.length === 0) return '[ ]';
    if (this.seen.has(v)) return `${open}repeated${close}`;
    if (depth >= (this.options.maxDepth ?? Infinity)) return '[ ... ]';
    this.seen.add(v);
    return `[ ${this.bounded(v.length, (i) => this.print(v[i]!, depth + 1), 'item')} ]`;
  }

  private set(v: Attrs, depth: number): string {
    if (this.options.style === 'eval' && this.options.force) {
      const derivation = derivationPath(v);
      if (derivation !== undefined) return `${open}derivation ${derivation}${close}`;
    }
    if (v.size === 0) return '{ }';
    if (this.seen.has(v)) return `${open}repeated${close}`;
    if (depth >= (this.options.maxDepth ?? Infinity)) return '{ ... }';
    this.seen.add(v);
    const { sortedSlots, keys } = v.shape;
    return `{ ${this.bounded(keys.length, (i) => `${quoteName(keys[sortedSlots[i]!]!)} = ${this.print(v.values[sortedSlots[i]!]!, depth + 1)};`, 'attribute')} }`;
  }

  private bounded(length: number, item: (i: number) => string, noun: string): string {
    const parts: string[] = [];
    const limit = this.options.maxItems ?? Infinity;
    for (let i = 0; i < length; i++) {
      if (this.items >= limit) {
        const rest = length - i;
        parts.push(`${open}${rest} ${noun}${rest === 1 ? '' : 's'} elided${close}`);
        break;
      }
      this.items++;
      parts.push(item(i));
    }
    return parts.join(' ');
  }
}

function derivationPath(v: Attrs): string | undefined {
  const type = v.get('type');
  if (type === undefined) return undefined;
  const forcedType = force(type);
  if (forcedType !== 'derivation') return undefined;
  const drvPath = v.get('drvPath');
  if (drvPath === undefined) return undefined;
  const forced = force(drvPath);
  return typeof forced === 'string' ? forced : forced instanceof NixString ? forced.s : undefined;
}

/** `an integer: 5`, `a set: { a = 1; }`: for error messages; evaluates nothing. */
export function describe(v: Value): string {
  const kind = describeType(v);
  if (v === null || v instanceof PrimOp || v instanceof PrimOpApp) return kind;
  return `${kind}: ${printValue(v, { style: 'eval', maxDepth: 3, maxItems: 10, maxStringLength: 1024 })}`;
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

/** What `builtins.typeOf` answers. */
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

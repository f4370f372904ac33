/** Values as JSON text, byte for byte as Nix writes it. */
import { Attrs } from '../attrs.ts';
import { call } from '../apply.ts';
import { coerceToString } from '../coerce.ts';
import type { ContextCollector } from '../context.ts';
import { addStep, evalError, typeError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { force } from '../force.ts';
import { describeType } from '../print.ts';
import type { Pos } from '../../lang/position.ts';
import { floatDigits } from '../float-digits.ts';
import { NixFloat, NixPath, NixString, type Value } from '../value.ts';

/** A value in one line of JSON. Contexts go to the collector; paths are copied to the store. Throws for functions. */
export function printJson(ev: Evaluator, v: Value, context: ContextCollector, pos: Pos, copyToStore = true): string {
  const f = force(v);
  if (typeof f === 'string') return quoteJson(f, pos);
  if (typeof f === 'number' || typeof f === 'bigint' || typeof f === 'boolean') return String(f);
  if (f === null) return 'null';
  if (f instanceof NixString) {
    context.addAll(f.context);
    return quoteJson(f.s, pos);
  }
  if (f instanceof Attrs) return printAttrs(ev, f, context, pos, copyToStore);
  if (Array.isArray(f)) return printList(ev, f, context, pos, copyToStore);
  if (f instanceof NixPath) return quoteJson(copyToStore ? ev.copyPathToStore(f.path, context, f.pos || pos) : f.path, pos);
  if (f instanceof NixFloat) return jsonFloat(f.value);
  throw typeError(`cannot convert ${describeType(f)} to JSON`, pos);
}

function printAttrs(ev: Evaluator, attrs: Attrs, context: ContextCollector, pos: Pos, copyToStore: boolean): string {
  const toStringFn = attrs.get('__toString');
  if (toStringFn !== undefined) {
    // As Nix: a path that __toString gives stays where it is.
    return quoteJson(coerceToString(ev, call(toStringFn, attrs, pos), context, {}, pos, 'the result of the `__toString` attribute'), pos);
  }
  const outPath = attrs.get('outPath');
  if (outPath !== undefined) return printJson(ev, outPath, context, pos, copyToStore);
  let text = '{';
  for (const [name, value, at] of attrs.entries()) {
    try {
      text += `${text.length > 1 ? ',' : ''}${quoteJson(name, at)}:${printJson(ev, value, context, at || pos, copyToStore)}`;
    } catch (error) {
      addStep(error, `while evaluating attribute '${name}'`, at);
      throw error;
    }
  }
  return `${text}}`;
}

function printList(ev: Evaluator, list: readonly Value[], context: ContextCollector, pos: Pos, copyToStore: boolean): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    try {
      text += (i > 0 ? ',' : '') + printJson(ev, list[i]!, context, pos, copyToStore);
    } catch (error) {
      addStep(error, `while evaluating list element at index ${i}`, pos);
      throw error;
    }
  }
  return `${text}]`;
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7f]*$/;
const SHORT: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A byte string as a JSON string, still bytes. Throws when the bytes are not UTF-8. */
export function quoteJson(bytes: string, pos: Pos): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  checkUtf8(bytes, pos);
  return `"${bytes.replace(/["\\\x00-\x1f]/g, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function checkUtf8(bytes: string, pos: Pos): void {
  if (!/[\x80-\xff]/.test(bytes)) return;
  try {
    UTF8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    const shown = bytes.replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
    throw evalError('eval/invalid-utf8', `JSON serialization error: the string '${shown}' is not valid UTF-8`, pos);
  }
}

/** Digits that read back the same; a point or an exponent always. */
export function jsonFloat(n: number): string {
  if (!Number.isFinite(n)) return 'null';
  if (n === 0) return Object.is(n, -0) ? '-0.0' : '0.0';
  const sign = n < 0 ? '-' : '';
  const { digits, exponent: last } = floatDigits(Math.abs(n));
  // The number of digits before the point.
  const point = digits.length + last;
  if (digits.length <= point && point <= 15) return `${sign}${digits.padEnd(point, '0')}.0`;
  if (point > 0 && point <= 15) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -4 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  const exponent = point - 1;
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

import { Attrs } from './attrs.ts';
import { call } from './apply.ts';
import type { ContextCollector } from './context.ts';
import { addStep, evalError, typeError } from './error.ts';
import type { Evaluator } from './evaluator.ts';
import { force } from './force.ts';
import { describeType, formatFloatFixed, shownAfterType } from './print.ts';
import { normalizePath } from '../lang/paths.ts';
import type { Pos } from '../lang/position.ts';
import { NixFloat, NixPath, NixString, type Value } from './value.ts';

export interface CoerceOptions {
  /** Also null, bools, numbers and lists, as `toString` does. */
  coerceMore?: boolean;
  /** Paths are copied to the store, as in "${./file}"; else they stay as they are, as in `toString ./file`. */
  copyToStore?: boolean;
}

/** A value as a string; its context goes to the collector. */
export function coerceToString(ev: Evaluator, v: Value, context: ContextCollector, options: CoerceOptions, pos: Pos, what = ''): string {
  const f = force(v);
  if (typeof f === 'string') return f;
  if (f instanceof NixString) {
    context.addAll(f.context);
    return f.s;
  }
  if (f instanceof NixPath) return options.copyToStore ? ev.copyPathToStore(f.path, context, f.pos || pos) : f.path;
  if (f instanceof Attrs) {
    const toStringFn = f.get('__toString');
    if (toStringFn !== undefined)
      return coerceToString(ev, call(toStringFn, f, pos), context, options, pos, what || 'the result of the `__toString` attribute');
    const outPath = f.get('outPath');
    if (outPath !== undefined) return coerceToString(ev, outPath, context, options, pos, what);
  } else if (options.coerceMore) {
    if (typeof f === 'boolean') return f ? '1' : '';
    if (typeof f === 'number' || typeof f === 'bigint') return String(f);
    if (f instanceof NixFloat) return formatFloatFixed(f.value);
    if (f === null) return '';
    if (Array.isArray(f)) return coerceList(ev, f, context, options, pos);
  }
  const error = typeError(`cannot coerce ${describeType(f)} to a string${shownAfterType(v)}`, pos);
  if (what) addStep(error, `while evaluating ${what}`, pos);
  throw error;
}

/** Elements separated by spaces; like Nix, an empty list inside adds no space. */
function coerceList(ev: Evaluator, list: readonly Value[], context: ContextCollector, options: CoerceOptions, pos: Pos): string {
  let out = '';
  for (let i = 0; i < list.length; i++) {
    const item = list[i]!;
    const element = force(item);
    out += coerceToString(ev, item, context, options, pos, 'one element of the list');
    if (i < list.length - 1 && !(Array.isArray(element) && element.length === 0)) out += ' ';
  }
  return out;
}

/** A value as an absolute path: paths, absolute strings, sets with `outPath` or `__toString`. The context goes to the collector. */
export function coerceToPath(ev: Evaluator, v: Value, context: ContextCollector, pos: Pos, what = ''): string {
  const f = force(v);
  if (f instanceof NixPath) return f.path;
  if (f instanceof Attrs && !f.has('__toString')) {
    const outPath = f.get('outPath');
    if (outPath !== undefined) return coerceToPath(ev, outPath, context, pos, what);
  }
  const path = coerceToString(ev, f, context, {}, pos, what);
  if (!path.startsWith('/')) {
    const error = evalError('eval/relative-path', `string '${path}' doesn't represent an absolute path`, pos);
    if (what) addStep(error, `while evaluating ${what}`, pos);
    throw error;
  }
  return normalizePath(path);
}

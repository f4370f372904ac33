/** Why `a == b` does not hold, for assertions that fail. */
import { Attrs } from './attrs.ts';
import { equalValues, isDerivation } from './compare.ts';
import { force } from './force.ts';
import { describeType, printShort } from './print.ts';
import { isIdentifier } from '../lang/quote.ts';
import type { Pos } from '../lang/position.ts';
import { isFunction, isInt, isString, NixFloat, NixPath, type Value } from './value.ts';

/** `integer '1' is not equal to integer '2'`, with the way to the first difference. Undefined when the values are equal. */
export function explainInequality(a: Value, b: Value, pos: Pos): string | undefined {
  return explain(a, b, '', pos);
}

function explain(a: Value, b: Value, path: string, pos: Pos): string | undefined {
  const x = force(a);
  const y = force(b);
  const at = path && `at ${path}: `;
  const pair = (noun?: string): string =>
    `${at}${noun ?? describeType(x)} '${printShort(x)}' is not equal to ${noun ?? describeType(y)} '${printShort(y)}'`;
  if (isNumber(x) && isNumber(y)) {
    if (equalValues(x, y, pos)) return undefined;
    return isInt(x) && isInt(y) ? pair('integer') : x instanceof NixFloat && y instanceof NixFloat ? pair('float') : pair();
  }
  if (isString(x) && isString(y)) return equalValues(x, y, pos) ? undefined : pair('string');
  if (x instanceof NixPath && y instanceof NixPath) return x.path === y.path ? undefined : pair('path');
  if (typeof x === 'boolean' && typeof y === 'boolean') return x === y ? undefined : pair('boolean');
  if (x === null && y === null) return undefined;
  if (Array.isArray(x) && Array.isArray(y)) {
    if (x.length !== y.length) {
      return (
        `${at}list of size '${x.length}' is not equal to list of size '${y.length}', left hand side is '${printShort(x)}', right hand ` +
        `side is '${printShort(y)}'`
      );
    }
    return first(x.map((_, i) => () => explainInside(x[i]!, y[i]!, `${path}[${i}]`, pos)));
  }
  if (x instanceof Attrs && y instanceof Attrs) return explainSets(x, y, path, pos);
  if (isFunction(x) && isFunction(y)) return `${at}distinct functions and immediate comparisons of identical functions compare as unequal`;
  return pair();
}

/** Inside of lists and sets the very same value is equal to itself, functions included. */
function explainInside(a: Value, b: Value, path: string, pos: Pos): string | undefined {
  return force(a) === force(b) ? undefined : explain(a, b, path, pos);
}

function explainSets(x: Attrs, y: Attrs, path: string, pos: Pos): string | undefined {
  const inside = (name: string): string => `${path}${path && '.'}${isIdentifier(name) ? name : `"${name}"`}`;
  if (isDerivation(x) && isDerivation(y) && x.has('outPath') && y.has('outPath'))
    return explainInside(x.get('outPath')!, y.get('outPath')!, inside('outPath'), pos);
  const at = path && `at ${path}: `;
  const shown = (v: Attrs): string => `'${printShort(v)}'`;
  const onlyLeft = x.names().find((name) => !y.has(name));
  const onlyRight = y.names().find((name) => !x.has(name));
  if (onlyLeft !== undefined) return `${at}attribute name '${onlyLeft}' is contained in ${shown(x)}, but not in ${shown(y)}`;
  if (onlyRight !== undefined) return `${at}attribute name '${onlyRight}' is missing in ${shown(x)}, but is contained in ${shown(y)}`;
  return first(x.names().map((name) => () => explainInside(x.get(name)!, y.get(name)!, inside(name), pos)));
}

function first(differences: (() => string | undefined)[]): string | undefined {
  for (const difference of differences) {
    const found = difference();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNumber(v: Value): boolean {
  return isInt(v) || v instanceof NixFloat;
}

import type { BinaryExpr, Expr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import { Attrs } from '../attrs.ts';
import { callMany } from '../apply.ts';
import { compareValues, equalValues } from '../compare.ts';
import { addTexts, addValues, arithmetic, startsText } from '../arithmetic.ts';
import { typeError } from '../error.ts';
import { describe } from '../print.ts';
import type { Code, Forced, Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { make } from './delay.ts';

export function binaryCode(c: Compiler, e: BinaryExpr): Code {
  const { pos, op } = e;
  if (e.fn && e.fn.depth !== -1) return redefinedCode(c, e);
  const left = c.code(e.left);
  const right = c.code(e.right);
  switch (op) {
    case '&&': return (env) => bool(left(env), e.left.pos) && bool(right(env), e.right.pos);
    case '||': return (env) => bool(left(env), e.left.pos) || bool(right(env), e.right.pos);
    case '->': return (env) => !bool(left(env), e.left.pos) || bool(right(env), e.right.pos);
    case '==': return (env) => equal(left(env), right(env), pos);
    case '!=': return (env) => !equal(left(env), right(env), pos);
    case '<': return (env) => less(left(env), right(env), pos);
    case '>=': return (env) => !less(left(env), right(env), pos);
    // Nix turns these two round, which shows in the order of evaluation and with NaN.
    case '>': return (env) => { const r = right(env); return less(r, left(env), pos); };
    case '<=': return (env) => { const r = right(env); return !less(r, left(env), pos); };
    case '//': return updateCode(left, right, e.left.pos, e.right.pos);
    case '++': return (env) => {
      const x = left(env);
      const y = right(env);
      const a = list(x, e.left.pos);
      const b = list(y, e.right.pos);
      return a.length === 0 ? b : b.length === 0 ? a : a.concat(b);
    };
    case '+': return (env) => {
      const a = left(env);
      if (startsText(a)) return addTexts(c.ev, a, () => right(env), pos);
      const b = right(env);
      return typeof a === 'string' && typeof b === 'string' ? a + b : addValues(c.ev, a, b, pos);
    };
    case '-': case '*': case '/': return (env) => arithmetic(op, left(env), right(env), pos);
  }
}

function equal(a: Value, b: Value, pos: Pos): boolean {
  return typeof a === 'string' && typeof b === 'string' ? a === b : equalValues(a, b, pos);
}

function less(a: Value, b: Value, pos: Pos): boolean {
  return compareValues(a, b, pos) < 0;
}

function updateCode(left: Code, right: Code, leftPos: Pos, rightPos: Pos): Code {
  return (env) => {
    // As Nix does, from right to left.
    const b = right(env);
    if (!(b instanceof Attrs)) throw typeError(`expected a set right of \`//\` but found ${describe(b)}`, rightPos);
    const a = left(env);
    if (!(a instanceof Attrs)) throw typeError(`expected a set left of \`//\` but found ${describe(a)}`, leftPos);
    return a.update(b);
  };
}

function bool(v: Value, pos: Pos): boolean {
  if (typeof v === 'boolean') return v;
  throw typeError(`expected a Boolean but found ${describe(v)}`, pos);
}

function list(v: Value, pos: Pos): Value[] {
  if (Array.isArray(v)) return v;
  throw typeError(`expected a list but found ${describe(v)}`, pos);
}

/** Code for a condition: of `if`, `assert` and `!`. */
export function conditionCode(c: Compiler, e: Expr): (env: Parameters<Code>[0]) => boolean {
  const code = c.code(e);
  const { pos } = e;
  return (env) => {
    const v = code(env);
    return typeof v === 'boolean' ? v : bool(v, pos);
  };
}

/** An operator whose function (`__sub`, `__lessThan`) the program has defined itself. */
function redefinedCode(c: Compiler, e: BinaryExpr): Code {
  const fn = c.code(e.fn!);
  const left = c.delay(e.left, null);
  const right = c.delay(e.right, null);
  const swapped = e.op === '>' || e.op === '<=';
  const negated = e.op === '>=' || e.op === '<=';
  return (env) => {
    const a = make(left, env);
    const b = make(right, env);
    const v: Forced = callMany(fn(env), swapped ? [b, a] : [a, b], e.pos);
    return negated ? !bool(v, e.pos) : v;
  };
}

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
  // These operators are calls of builtins in Nix, and count as such.
  const { callDepth } = c.ev;
  if (e.fn && (e.fn.depth !== -1 || callDepth)) return redefinedCode(c, e);
  if ((op === '//' || op === '++') && isChain(e)) return op === '//' ? updateChainCode(c, e) : concatChainCode(c, e);
  const left = c.code(e.left);
  const right = c.code(e.right);
  switch (op) {
    case '&&':
      return (env) => bool(left(env), e.left.pos) && bool(right(env), e.right.pos);
    case '||':
      return (env) => bool(left(env), e.left.pos) || bool(right(env), e.right.pos);
    case '->':
      return (env) => !bool(left(env), e.left.pos) || bool(right(env), e.right.pos);
    case '==':
      return (env) => equal(left(env), right(env), pos);
    case '!=':
      return (env) => !equal(left(env), right(env), pos);
    case '<':
      return (env) => less(left(env), right(env), pos);
    case '>=':
      return (env) => !less(left(env), right(env), pos);
    // Nix turns these two round, which shows in the order of evaluation and with NaN.
    case '>':
      return (env) => {
        const r = right(env);
        return less(r, left(env), pos);
      };
    case '<=':
      return (env) => {
        const r = right(env);
        return !less(r, left(env), pos);
      };
    case '//':
      return updateCode(left, right, e.left.pos, e.right.pos);
    case '++':
      return (env) => {
        const x = left(env);
        const y = right(env);
        const a = list(x, e.left.pos);
        const b = list(y, e.right.pos);
        return a.length === 0 ? b : b.length === 0 ? a : a.concat(b);
      };
    case '+':
      return (env) => {
        const a = left(env);
        if (startsText(a)) return addTexts(c.ev, a, () => right(env), pos);
        const b = right(env);
        return typeof a === 'string' && typeof b === 'string' ? a + b : addValues(c.ev, a, b, pos);
      };
    case '-':
    case '*':
    case '/':
      return (env) => arithmetic(op, left(env), right(env), pos);
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

/** Whether the right side is one more of the same operator: `a ++ b ++ c`. */
function isChain(e: BinaryExpr): boolean {
  return e.right.kind === 'binary' && e.right.op === e.op;
}

interface Operand {
  code: Code;
  pos: Pos;
}

/** The operands of `a ++ b ++ c` from left to right. */
function operandsOf(c: Compiler, e: BinaryExpr): Operand[] {
  const operands: Operand[] = [];
  let rest: Expr = e;
  for (; rest.kind === 'binary' && rest.op === e.op; rest = rest.right) operands.push({ code: c.code(rest.left), pos: rest.left.pos });
  operands.push({ code: c.code(rest), pos: rest.pos });
  return operands;
}

/** All lists as one: pair by pair each would be copied once for each that stands before it. */
function concatChainCode(c: Compiler, e: BinaryExpr): Code {
  const operands = operandsOf(c, e);
  const count = operands.length;
  return (env) => {
    const values = operands.map(({ code }) => code(env));
    // As pairs would be checked: the two innermost from left to right, then the others outwards.
    const lists: Value[][] = new Array(count);
    lists[count - 2] = list(values[count - 2]!, operands[count - 2]!.pos);
    lists[count - 1] = list(values[count - 1]!, operands[count - 1]!.pos);
    for (let i = count - 3; i >= 0; i--) lists[i] = list(values[i]!, operands[i]!.pos);
    const filled = lists.filter(({ length }) => length > 0);
    return filled.length > 1 ? (filled.flat() as Value[]) : (filled[0] ?? []);
  };
}

/** Evaluates from right to left, and merges halves at a time. */
function updateChainCode(c: Compiler, e: BinaryExpr): Code {
  const operands = operandsOf(c, e);
  const last = operands.length - 1;
  return (env) => {
    const sets: Attrs[] = new Array(operands.length);
    for (let i = last; i >= 0; i--) {
      const { code, pos } = operands[i]!;
      const v = code(env);
      if (!(v instanceof Attrs)) throw typeError(`expected a set ${i === last ? 'right' : 'left'} of \`//\` but found ${describe(v)}`, pos);
      sets[i] = v;
    }
    return updated(sets, 0, sets.length);
  };
}

function updated(sets: readonly Attrs[], from: number, to: number): Attrs {
  if (to - from === 1) return sets[from]!;
  const middle = (from + to) >>> 1;
  return updated(sets, from, middle).update(updated(sets, middle, to));
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

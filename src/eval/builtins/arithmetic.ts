import { evalError } from '../error.ts';
import { forceFloat, forceInt } from '../expect.ts';
import { force } from '../force.ts';
import { formatFloat } from '../print.ts';
import type { Pos } from '../../lang/position.ts';
import { NixFloat, normalizeInt, type BuiltinDef, type Value } from '../value.ts';

type Int = number | bigint;

interface Operation {
  name: string;
  doc: string;
  /** For the overflow error: `adding 1 + 2`. */
  gerund: string;
  symbol: string;
  /** For type errors: "the first argument of the addition". */
  noun: string;
  floats(a: number, b: number): number;
  bigints(a: bigint, b: bigint): bigint;
}

const operations: Operation[] = [
  { name: 'add', doc: 'The sum of two numbers. As `e1 + e2`, for numbers alone.', gerund: 'adding', symbol: '+', noun: 'argument of the addition', floats: (a, b) => a + b, bigints: (a, b) => a + b },
  { name: 'sub', doc: 'The difference of two numbers. As `e1 - e2`.', gerund: 'subtracting', symbol: '-', noun: 'argument of the subtraction', floats: (a, b) => a - b, bigints: (a, b) => a - b },
  { name: 'mul', doc: 'The product of two numbers. As `e1 * e2`.', gerund: 'multiplying', symbol: '*', noun: 'argument of the multiplication', floats: (a, b) => a * b, bigints: (a, b) => a * b },
];

/** Adds, subtracts or multiplies Nix numbers; throws `eval/integer-overflow` beyond 64 bits. */
function arithmetic(operation: Operation, x: Value, y: Value, pos: Pos): Value {
  const a = force(x);
  const b = force(y);
  if (typeof a === 'number' && typeof b === 'number') {
    const result = operation.floats(a, b);
    // Adding 0 turns -0, which is no integer of Nix, into 0.
    if (Number.isSafeInteger(result)) return result + 0;
  }
  if (a instanceof NixFloat || b instanceof NixFloat) {
    return new NixFloat(operation.floats(forceFloat(a, pos, `the first ${operation.noun}`), forceFloat(b, pos, `the second ${operation.noun}`)));
  }
  const i = forceInt(a, pos, `the first ${operation.noun}`);
  const j = forceInt(b, pos, `the second ${operation.noun}`);
  const result = normalizeInt(operation.bigints(BigInt(i), BigInt(j)));
  if (result === undefined) throw evalError('eval/integer-overflow', `integer overflow in ${operation.gerund} ${i} ${operation.symbol} ${j}`, pos);
  return result;
}

/** Divides Nix numbers, integers towards zero. */
export function divide(x: Value, y: Value, pos: Pos): Value {
  const a = force(x);
  const b = force(y);
  const divisor = forceFloat(b, pos, 'the second operand of the division');
  if (divisor === 0) throw evalError('eval/division-by-zero', 'division by zero', pos);
  if (a instanceof NixFloat || b instanceof NixFloat) return new NixFloat(forceFloat(a, pos, 'the first operand of the division') / divisor);
  const i = forceInt(a, pos, 'the first operand of the division');
  const j = forceInt(b, pos, 'the second operand of the division');
  if (typeof i === 'number' && typeof j === 'number') return Math.trunc(i / j) + 0;
  const result = normalizeInt(BigInt(i) / BigInt(j));
  if (result === undefined) throw evalError('eval/integer-overflow', `integer overflow in dividing ${i} / ${j}`, pos);
  return result;
}

export const add = (x: Value, y: Value, pos: Pos): Value => arithmetic(operations[0]!, x, y, pos);
export const subtract = (x: Value, y: Value, pos: Pos): Value => arithmetic(operations[1]!, x, y, pos);
export const multiply = (x: Value, y: Value, pos: Pos): Value => arithmetic(operations[2]!, x, y, pos);

function bitwise(name: string, doc: string, small: (a: number, b: number) => number, large: (a: bigint, b: bigint) => bigint): BuiltinDef {
  return {
    name, args: ['e1', 'e2'], doc,
    run(_ev, pos, x, y) {
      const a: Int = forceInt(x!, pos, `the first argument passed to builtins.${name}`);
      const b: Int = forceInt(y!, pos, `the second argument passed to builtins.${name}`);
      if (typeof a === 'number' && typeof b === 'number' && a === (a | 0) && b === (b | 0)) return small(a, b);
      return normalizeInt(BigInt.asIntN(64, large(BigInt(a), BigInt(b))))!;
    },
  };
}

function rounding(name: 'ceil' | 'floor', doc: string, round: (n: number) => number): BuiltinDef {
  return {
    name, args: ['number'], doc,
    run(_ev, pos, v) {
      const value = force(v!);
      if (typeof value === 'number') return value;
      const n = forceFloat(value, pos, `the first argument passed to builtins.${name}`);
      const result = round(n);
      const inRange = result >= -(2 ** 63) && result < 2 ** 63;
      if (typeof value === 'bigint') {
        // As Nix: the integer goes through a double, and what that would change is refused.
        if (inRange && BigInt(result) === value) return value;
        throw evalError('eval/integer-overflow', `the integer ${value} is too large for builtins.${name}: it cannot be represented exactly as a floating-point number`, pos);
      }
      if (!inRange) throw evalError('eval/integer-overflow', `NixFloat argument ${formatFloat(n)} is not in the range of NixInt`, pos);
      return normalizeInt(BigInt(result))!;
    },
  };
}

export const arithmeticBuiltins: BuiltinDef[] = [
  ...operations.map((operation): BuiltinDef => ({
    name: operation.name, args: ['e1', 'e2'], doc: operation.doc,
    run: (_ev, pos, x, y) => arithmetic(operation, x!, y!, pos),
  })),
  {
    name: 'div', args: ['e1', 'e2'],
    doc: 'The quotient of two numbers; of integers, rounded towards zero. As `e1 / e2`.',
    run: (_ev, pos, x, y) => divide(x!, y!, pos),
  },
  bitwise('bitAnd', 'The bitwise AND of two integers.', (a, b) => a & b, (a, b) => a & b),
  bitwise('bitOr', 'The bitwise OR of two integers.', (a, b) => a | b, (a, b) => a | b),
  bitwise('bitXor', 'The bitwise XOR of two integers.', (a, b) => a ^ b, (a, b) => a ^ b),
  rounding('ceil', 'The smallest integer that is not less than *number*.', Math.ceil),
  rounding('floor', 'The largest integer that is not greater than *number*.', Math.floor),
];


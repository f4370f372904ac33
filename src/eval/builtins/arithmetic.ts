import { arithmetic, type ArithmeticOperator } from '../arithmetic.ts';
import { evalError } from '../error.ts';
import { forceFloat, forceInt } from '../expect.ts';
import { force } from '../force.ts';
import { formatFloat } from '../print.ts';
import type { Pos } from '../../lang/position.ts';
import { NixFloat, normalizeInt, type BuiltinDef, type Value } from '../value.ts';

interface Operation {
  name: string;
  symbol: ArithmeticOperator;
  doc: string;
  /** For type errors: "the first argument of the addition". */
  noun: string;
}

const operations: Operation[] = [
  { name: 'add', symbol: '+', doc: 'The sum of two numbers. As `e1 + e2`, for numbers alone.', noun: 'argument of the addition' },
  { name: 'sub', symbol: '-', doc: 'The difference of two numbers. As `e1 - e2`.', noun: 'argument of the subtraction' },
  { name: 'mul', symbol: '*', doc: 'The product of two numbers. As `e1 * e2`.', noun: 'argument of the multiplication' },
  {
    name: 'div',
    symbol: '/',
    doc: 'The quotient of two numbers; of integers, rounded towards zero. As `e1 / e2`.',
    noun: 'operand of the division',
  },
];

function calculate({ symbol, noun }: Operation, x: Value, y: Value, pos: Pos): Value {
  const a = force(x);
  const b = force(y);
  if (symbol === '/' && forceFloat(b, pos, `the second ${noun}`) === 0) return arithmetic(symbol, a, b, pos);
  const expected = a instanceof NixFloat || b instanceof NixFloat ? forceFloat : forceInt;
  expected(a, pos, `the first ${noun}`);
  expected(b, pos, `the second ${noun}`);
  return arithmetic(symbol, a, b, pos);
}

function bitwise(name: string, doc: string, small: (a: number, b: number) => number, large: (a: bigint, b: bigint) => bigint): BuiltinDef {
  return {
    name,
    args: ['e1', 'e2'],
    doc,
    run(_ev, pos, x, y) {
      const a = forceInt(x!, pos, `the first argument passed to builtins.${name}`);
      const b = forceInt(y!, pos, `the second argument passed to builtins.${name}`);
      if (typeof a === 'number' && typeof b === 'number' && a === (a | 0) && b === (b | 0)) return small(a, b);
      return normalizeInt(BigInt.asIntN(64, large(BigInt(a), BigInt(b))))!;
    },
  };
}

function rounding(name: 'ceil' | 'floor', doc: string, round: (n: number) => number): BuiltinDef {
  return {
    name,
    args: ['number'],
    doc,
    run(_ev, pos, v) {
      const value = force(v!);
      if (typeof value === 'number') return value;
      const n = forceFloat(value, pos, `the first argument passed to builtins.${name}`);
      const result = round(n);
      const inRange = result >= -(2 ** 63) && result < 2 ** 63;
      if (typeof value === 'bigint') {
        // As Nix: the integer goes through a double, and what that would change is refused.
        if (inRange && BigInt(result) === value) return value;
        throw evalError(
          'eval/integer-overflow',
          `the integer ${value} is too large for builtins.${name}: it cannot be represented exactly as a floating-point number`,
          pos,
        );
      }
      if (!inRange) throw evalError('eval/integer-overflow', `NixFloat argument ${formatFloat(n)} is not in the range of NixInt`, pos);
      return normalizeInt(BigInt(result))!;
    },
  };
}

export const arithmeticBuiltins: BuiltinDef[] = [
  ...operations.map(
    (operation): BuiltinDef => ({
      name: operation.name,
      args: ['e1', 'e2'],
      doc: operation.doc,
      run: (_ev, pos, x, y) => calculate(operation, x!, y!, pos),
    }),
  ),
  bitwise(
    'bitAnd',
    'The bitwise AND of two integers.',
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  bitwise(
    'bitOr',
    'The bitwise OR of two integers.',
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  bitwise(
    'bitXor',
    'The bitwise XOR of two integers.',
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  rounding('ceil', 'The smallest integer that is not less than *number*.', Math.ceil),
  rounding('floor', 'The largest integer that is not greater than *number*.', Math.floor),
];

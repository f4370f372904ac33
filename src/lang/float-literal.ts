/** Floats as they are written. */
import { syntaxError } from './syntax-error.ts';
import type { Pos } from './position.ts';

const smallestNormal = 2.2250738585072014e-308;

/** As in Nix, a float that a double holds only as infinity or with fewer digits is an error. */
export function floatLiteral(digits: string, pos: Pos): number {
  const value = floatOf(digits);
  if (value !== undefined) return value;
  const lost = Number(digits) !== Infinity;
  throw syntaxError(
    'eval/syntax',
    `invalid float '${digits}'`,
    pos,
    lost ? 'the smallest is 2.2250738585072014e-308' : 'the largest is 1.7976931348623157e308',
  );
}

/** The float that these digits are; undefined where a double does not hold it. */
export function floatOf(digits: string): number | undefined {
  const value = Number(digits);
  const lost = value < smallestNormal && /^[0.]*[1-9]/.test(digits);
  return lost || value === Infinity ? undefined : value;
}

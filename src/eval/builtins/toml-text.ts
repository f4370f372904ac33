import { parse } from 'smol-toml';
import { withoutFineTimes } from './toml-time.ts';
import { newerThanToml10, withoutContinuationsBeforeQuotes } from './toml-version.ts';

/** TOML as Nix reads it: objects, arrays and scalars, dates as TomlDate or FineTime. Throws an Error for what is wrong. */
export function parseToml(text: string): unknown {
  const plain = withoutContinuationsBeforeQuotes(text);
  const parsed = parse(plain, { integersAsBigInt: true });
  const newer = newerThanToml10(text);
  if (newer !== undefined) throw new Error(newer);
  const fine = withoutFineTimes(plain);
  if (!fine) return parsed;
  return withTimes(parse(fine.text, { integersAsBigInt: true }), fine.timeOf);
}

/** Puts times in the place of the strings that stand for them. */
function withTimes(v: unknown, timeOf: (value: string) => unknown): unknown {
  if (typeof v === 'string') return timeOf(v) ?? v;
  if (Array.isArray(v)) return v.map((item) => withTimes(item, timeOf));
  if (typeof v !== 'object' || v === null || (Object.getPrototypeOf(v) !== Object.prototype && Object.getPrototypeOf(v) !== null)) return v;
  return Object.fromEntries(Object.entries(v).map(([name, value]) => [name, withTimes(value, timeOf)]));
}

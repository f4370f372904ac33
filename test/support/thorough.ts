import { createHash } from 'node:crypto';

/** Set by `npm run test:all`: tests then run the cases that CI has no time for. */
export const thorough = process.env.BOOTFLAKE_TEST_ALL === '1';

/**
 * A sample of cases that are too many: one in `step`, and of `npm run test:all` one in `thoroughStep`. Which, only their names decide, so
 * that a new case does not change the others. BOOTFLAKE_TEST_SAMPLE=K takes others; all numbers below the step together are all cases.
 */
export function sampleOf<T>(cases: readonly T[], nameOf: (it: T) => string, step: number, thoroughStep: number): T[] {
  const every = thorough ? thoroughStep : step;
  const wanted = Number(process.env.BOOTFLAKE_TEST_SAMPLE ?? 0) % every;
  return cases.filter((it) => createHash('sha256').update(nameOf(it)).digest().readUInt32BE() % every === wanted);
}

/** Set by `npm run test:all`: tests then run the cases that CI has no time for. */
export const thorough = process.env.BOOTFLAKE_TEST_ALL === '1';

/**
 * A sample of cases that are too many: one in `step`, and of `npm run test:all` one in `thoroughStep`. BOOTFLAKE_TEST_SAMPLE=K, from 0 on,
 * takes others each time; all numbers below the step together are all cases.
 */
export function sampleOf<T>(cases: readonly T[], step: number, thoroughStep: number): T[] {
  const every = thorough ? thoroughStep : step;
  const start = Number(process.env.BOOTFLAKE_TEST_SAMPLE ?? 7) % every;
  return cases.filter((_, i) => i % every === start);
}

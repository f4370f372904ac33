/** Set by `npm run test:all`: tests then run the cases that CI has no time for. */
export const thorough = process.env.BOOTFLAKE_TEST_ALL === '1';

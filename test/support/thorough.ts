/** Set by `npm run test:all`: tests that can go through more cases than CI has time for do. */
export const thorough = process.env.BOOTFLAKE_TEST_ALL === '1';

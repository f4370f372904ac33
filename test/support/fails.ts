import assert from 'node:assert/strict';
import type { BootflakeError } from '../../src/base/errors.ts';

/** Returns the error that a promise rejects with, which must have the code and match the message where they are given. */
export async function fails(promise: Promise<unknown>, code?: string, message?: RegExp): Promise<BootflakeError> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason as BootflakeError,
  );
  if (code !== undefined) assert.equal(error.code, code, error.stack);
  if (message !== undefined) assert.match(error.message, message);
  return error;
}

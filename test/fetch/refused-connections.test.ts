/** Many requests through a proxy to a host whose certificate is wrong: undici's pools can forget those that wait for a connection. */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { downloadBytes } from '../../src/system/http.ts';
import { Forge } from './forge.ts';

const wrongHost = 'https://not-in-the-certificate.invalid/file';
const many = <T>(one: () => Promise<T>) => Promise.allSettled(Array.from({ length: 20 }, one));

test('each request fails by itself', async (t) => {
  const { environment: env } = await Forge.open(t);
  for (const one of await many(() => downloadBytes(wrongHost, { env })))
    assert.equal((one as PromiseRejectedResult).reason.code, 'network/certificate');
});

test('the first failure may abort the others, which then end', async (t) => {
  const { environment: env } = await Forge.open(t);
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const ended = await many(() =>
    downloadBytes(wrongHost, { env, signal: controller.signal }).catch((error: unknown) => {
      controller.abort(error);
      throw error;
    }),
  );
  assert.ok(ended.every(({ status }) => status === 'rejected'));
});

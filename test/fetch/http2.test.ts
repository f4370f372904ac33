/** HTTP/2 to hosts behind the proxy of the environment. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { downloadBytes } from '../../src/system/http.ts';
import { Forge, redirect } from './forge.ts';

test("one tunnel for each host serves all its requests, with the proxy's password", async (t) => {
  const forge = await Forge.open(t, { http2: true });
  const bytes = randomBytes(200_000);
  for (let i = 0; i < 50; i++) forge.file(`cache.nixos.org/${i}`, bytes);
  forge.on('channels.nixos.org/latest', redirect('https://cache.nixos.org/7'));
  const env = { ...forge.environment, https_proxy: forge.environment.https_proxy!.replace('//', '//user:secret@') };
  const moved = await downloadBytes('https://channels.nixos.org/latest', { env });
  assert.equal(moved.url, 'https://cache.nixos.org/7');
  const all = await Promise.all(Array.from({ length: 50 }, (_, i) => downloadBytes(`https://cache.nixos.org/${i}`, { env })));
  assert.ok(all.every((one) => Buffer.compare(one.bytes, bytes) === 0));
  assert.ok(forge.asked.every(({ version }) => version === '2.0'));
  assert.deepEqual(forge.tunnels, ['channels.nixos.org:443', 'cache.nixos.org:443']);
  assert.equal(forge.proxyAuthorization, `Basic ${Buffer.from('user:secret').toString('base64')}`);
});

test('a tunnel that the proxy refuses is an error that names the proxy', async (t) => {
  const forge = await Forge.open(t, { http2: true });
  forge.unreachable.add('cache.nixos.org');
  const { host } = new URL(forge.environment.https_proxy!);
  for (const http2 of [true, false])
    await assert.rejects(downloadBytes('https://cache.nixos.org/a', { env: forge.environment, attempts: 2, backoff: 1, http2 }), {
      code: 'network/unreachable',
      message: `cannot download https://cache.nixos.org/a: the proxy ${host} responded with HTTP 502 (2 attempts)`,
    });
});

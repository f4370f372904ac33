/** Two machines on a private network: they reach each other by their names, also when one comes again. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blogFlake, workplace, type Outcome } from '../support/bootflake.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('networks');
const vm = (...args: string[]): Promise<Outcome> => place.bootflake(['vm', ...args], { timeoutSeconds: 900 });
after(async () => {
  await vm('rm', '--force', 'web', 'db');
  place.remove();
});

/** Until the other machine's network is up, which it is after its login prompt. */
const ping = (from: string, to: string): Promise<Outcome> => {
  const wait = `for i in $(seq 100); do ping -c 1 -W 2 ${to} && exit; sleep 1; done; exit 1`;
  return vm('exec', from, '--timeout', '600', '--', 'sh', '-c', wait);
};

test('two machines reach each other by name', { skip: !thorough && 'npm run test:all' }, async () => {
  const flake = await blogFlake(place, 'trixie');
  for (const name of ['web', 'db']) {
    const made = await vm('create', name, `${flake}#build-qcow2`, '--network', 'lan', '-m', '512M', '--smp', '1', '--start');
    assert.equal(made.status, 0, made.stderr);
  }
  for (const [from, to] of [
    ['web', 'db'],
    ['db', 'web.lan'],
  ] as const) {
    const reached = await ping(from, to);
    assert.equal(reached.status, 0, reached.stdout + reached.stderr);
    assert.match(reached.stdout, /1 received/);
  }
  const db = JSON.parse((await vm('status', 'db', '--json')).stdout) as { networks: { address6: string }[] };
  const [{ address6 }] = db.networks as [{ address6: string }];
  const over6 = await ping('web', address6);
  assert.match(over6.stdout, /1 received/, over6.stdout + over6.stderr);
  // It takes its address and names again.
  assert.equal((await vm('stop', '--force', 'db')).status, 0);
  assert.equal((await vm('exec', 'web', '--', 'ping', '-c', '1', '-W', '2', 'db')).status, 1);
  assert.equal((await vm('start', 'db')).status, 0);
  const again = await ping('web', 'db');
  assert.equal(again.status, 0, again.stdout + again.stderr);
  for (const name of ['web', 'db']) assert.equal((await vm('stop', name)).status, 0);
  assert.equal((await vm('rm', 'web', 'db')).status, 0);
  assert.ok(!existsSync(join(place.folder, 'home/.local/state/bootflake/networks/lan')));
});

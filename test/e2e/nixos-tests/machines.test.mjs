// A test of machines as a program has it: node --test machines.test.mjs . The last one fails on purpose.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'bootflake/test';

const server = `
  { pkgs, ... }:
  {
    systemd.services.web = {
      wantedBy = [ "multi-user.target" ];
      script = "exec \${pkgs.python3}/bin/python3 -m http.server --directory /etc 80";
    };
    networking.firewall.allowedTCPPorts = [ 80 ];
  }
`;

test({ name: 'web', nodes: { server, client: '{ }' } }, async ({ server, client }, { startAll, subtest }) => {
  await startAll();
  await server.waitForUnit('web.service');
  await server.waitForOpenPort(80);
  await subtest('the client sees the server', async () => {
    assert.match(await client.waitUntilSucceeds('curl --fail http://server/hostname'), /^server$/m);
    await server.block();
    await client.fail('curl --fail --max-time 2 http://server/');
    await server.unblock();
  });
  await subtest('commands', async () => {
    assert.deepEqual(await client.execute('echo out; exit 7'), { status: 7, output: 'out\n' });
    assert.equal((await client.execute('sleep 60', { timeout: 1 })).status, 124);
    assert.equal((await client.getUnitInfo('systemd-journald.service')).LoadState, 'loaded');
    await client.fail('false | true');
    await client.copyFromHost('/etc/passwd', '/root/folder/copy');
    await client.succeed('cp /root/folder/copy /root/back');
    await client.copyFromMachine('/root/back', 'from');
    assert.deepEqual(readFileSync('from/back'), readFileSync('/etc/passwd'));
    await client.requireUnitState('multi-user.target');
    await client.waitUntilTtyMatches(1, /login: /);
    await client.sendChars('Some_One-2');
    await client.waitUntilTtyMatches(1, /login: Some_One-2/);
    await assert.rejects(client.waitForUnit('nothing.service', { timeout: 5 }), /is inactive and there are no pending jobs/);
  });
  await client.shutdown();
});

test({ name: 'what fails', nodes: { machine: '{ }' } }, async ({ machine }) => {
  await machine.succeed('logger the last words of the journal; exit 3');
});

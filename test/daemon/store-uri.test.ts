import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDaemonUri, parseDaemonUri, type SshTarget } from '../../src/daemon/store-uri.ts';
import { sshCommand, sshOptions } from '../../src/daemon/transport/ssh.ts';

const socketOf = (uri: string, env: NodeJS.ProcessEnv = {}): string => {
  const target = parseDaemonUri(uri, env);
  assert.equal(target.scheme, 'unix');
  return (target as { socket: string }).socket;
};
const ssh = (uri: string): SshTarget => parseDaemonUri(uri, {}) as SshTarget;

test('the socket of a daemon', () => {
  assert.equal(socketOf('daemon'), '/nix/var/nix/daemon-socket/socket');
  assert.equal(socketOf('unix://'), '/nix/var/nix/daemon-socket/socket');
  assert.equal(socketOf('unix://?root=/mnt'), '/mnt/nix/var/nix/daemon-socket/socket');
  assert.equal(socketOf('daemon?root=/mnt&state=/var/state'), '/var/state/daemon-socket/socket');
  assert.equal(socketOf('unix:///run/nix%20daemon?trusted=1'), '/run/nix daemon');
  assert.equal(socketOf('daemon', { NIX_DAEMON_SOCKET_PATH: '/run/socket' }), '/run/socket');
  assert.equal(socketOf('unix://', { NIX_STATE_DIR: '/state' }), '/state/daemon-socket/socket');
  assert.deepEqual(['daemon', 'unix:///x', 'ssh-ng://h', 'daemons', 'http://daemon', 'ssh://h'].map(isDaemonUri), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('the parameters of an address', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+/ me@host';
  const parameters = [
    'ssh-key=/home/a%20b/key',
    'compress=true',
    `base64-ssh-public-host-key=${Buffer.from(`${key}\n`).toString('base64')}`,
    'priority=-3',
    'trusted=yes',
    'max-connections=4',
    'remote-program=/run/x%20nix-daemon',
    'remote-store=local?root=/x+y',
  ];
  const uri = `ssh-ng://me@example.org:22?${parameters.join('&')}`;
  assert.deepEqual(ssh(uri), {
    scheme: 'ssh-ng',
    uri: 'ssh-ng://me@example.org:22',
    priority: -3,
    trusted: true,
    wantMassQuery: false,
    maxConnections: 4,
    host: 'example.org',
    user: 'me',
    port: 22,
    sshKey: '/home/a b/key',
    hostKey: key,
    compress: true,
    remoteProgram: ['/run/x', 'nix-daemon'],
    remoteStore: 'local?root=/x+y',
  });
  assert.deepEqual([ssh('ssh-ng://[fe80::1%25eth0]:99').host, ssh('ssh-ng://[fe80::1]').host], ['fe80::1%eth0', 'fe80::1']);
});

for (const [uri, why] of [
  ['ssh-ng://', /names no host/],
  ['ssh-ng://-oProxyCommand=touch', /host name '-oProxyCommand=touch' must not start with '-'/],
  ['ssh-ng://%2DoProxyCommand', /must not start with '-'/],
  ['ssh-ng://-x@host', /user name '-x' must not start with '-'/],
  ['ssh-ng://%2dl@host', /user name '-l' must not start with '-'/],
  ['ssh-ng://@host', /user name must not be empty/],
  ['ssh-ng://a b', /not the name of a host/],
  ['ssh-ng://host;touch%20x', /not the name of a host/],
  ['ssh-ng://host:70000', /there is no port 70000/],
  ['ssh-ng://host?ssh-keys=x', /its parameter 'ssh-keys' is not known here/],
  ['ssh-ng://host?base64-ssh-public-host-key=eHg=', /not a public key/],
  ['ssh-ng://host?base64-ssh-public-host-key=c3NoLXJzYSBBQUFBCmhvc3QyIHNzaC1yc2EgQUFBQQ==', /not a public key/],
  ['ssh-ng://host?remote-store=a%0Ab', /more than one line/],
  ['ssh-ng://host?compress=perhaps', /neither true nor false/],
  ['ssh-ng://host?priority=1e3', /no whole number/],
  ['unix://relative/socket', /not absolute/],
  ['unix:///x%zz', /a % in it/],
  ['unix://?root=relative', /not absolute/],
] as const)
  test(`refused: ${uri}`, () => {
    assert.throws(() => parseDaemonUri(uri, {}), { code: 'daemon/bad-uri', message: why });
  });

test('the command line of ssh', () => {
  const target = ssh('ssh-ng://me@host:2222?ssh-key=/k&compress=true');
  assert.deepEqual(
    sshCommand(target, ['nix-daemon', '--stdio', '--store', "it's"], {
      env: { NIX_SSHOPTS: '-F none' },
      connectTimeout: 9,
      knownHosts: '/kh',
    }),
    [
      'ssh',
      'me@host',
      '-x',
      '-F',
      'none',
      '-i',
      '/k',
      '-oUserKnownHostsFile=/kh',
      '-oConnectTimeout=9',
      '-C',
      '-p2222',
      '--',
      `nix-daemon --stdio --store 'it'\\''s'`,
    ],
  );
});

test('words as a shell splits them', () => {
  assert.deepEqual(sshOptions(`  -o 'A B'  -i"x \\"y\\" \\n"\\ z '' `), ['-o', 'A B', '-ix "y" \\n z', '']);
  assert.deepEqual(sshOptions('  '), []);
  for (const open of [`-o 'x`, `"`, 'x\\']) assert.throws(() => sshOptions(open), { code: 'daemon/bad-ssh-options' });
});

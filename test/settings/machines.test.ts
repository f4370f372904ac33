import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMachines } from '../../src/settings/machines.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const plain = { systems: ['x86_64-linux'], maxJobs: 1, speedFactor: 1, supportedFeatures: [], mandatoryFeatures: [] };
const uris = (text: string): string[] => readMachines(text, 'x86_64-linux').map(({ uri }) => uri);

test('an entry has its fields in the order of Nix', () => {
  assert.deepEqual(
    readMachines('ssh-ng://me@host a-linux,b-linux /root/key 4 2.5 kvm,big-parallel benchmark c3NoLXJzYSBBQUFB', 'x86_64-linux'),
    [
      {
        uri: 'ssh-ng://me@host?ssh-key=%2Froot%2Fkey&base64-ssh-public-host-key=c3NoLXJzYSBBQUFB',
        name: 'ssh-ng://me@host',
        systems: ['a-linux', 'b-linux'],
        maxJobs: 4,
        speedFactor: 2.5,
        supportedFeatures: ['kvm', 'big-parallel'],
        mandatoryFeatures: ['benchmark'],
      },
    ],
  );
  assert.deepEqual(readMachines('unix:///socket - - - 0 - - -', 'x86_64-linux'), [
    { ...plain, uri: 'unix:///socket', name: 'unix:///socket' },
  ]);
});

test('entries are lines, or end at a semicolon; comments and empty ones do not count', () => {
  assert.deepEqual(uris('a ; b x86_64-linux # c ; d\n\n#e\n;;\nf'), ['ssh-ng://a', 'ssh-ng://b', 'ssh-ng://f']);
});

test('a word is a host, and ssh:// is spoken to as ssh-ng://', () => {
  assert.deepEqual(uris('me@host;ssh://host?compress=1;daemon;unix:///x?root=/y'), [
    'ssh-ng://me@host',
    'ssh-ng://host?compress=1',
    'daemon',
    'unix:///x?root=/y',
  ]);
});

test('files of machines, which may be missing and may name others', (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'one'), `first x86_64-linux\n@${folder}/two\n`);
  writeFileSync(join(folder, 'two'), 'second; @/nonexistent\n');
  assert.deepEqual(uris(`@${folder}/one ; third`), ['ssh-ng://first', 'ssh-ng://second', 'ssh-ng://third']);
  writeFileSync(join(folder, 'circle'), `@${folder}/circle\n`);
  assert.throws(() => uris(`@${folder}/circle`), { code: 'flake/bad-settings', message: /may include itself/ });
  mkdirSync(join(folder, 'folder'));
  assert.throws(() => uris(`@${folder}/folder`), { code: 'flake/bad-settings', message: /cannot be read/ });
});

test('the setting is the machines file by default', () => {
  const env = { NIX_CONF_DIR: '/conf', NIX_USER_CONF_FILES: '' };
  assert.equal(readSettings({ nixSettings: {} }, env).realise.builders, '@/conf/machines');
  const set = readSettings({ nixSettings: { builders: '', 'builders-use-substitutes': 'true' } }, env).realise;
  assert.deepEqual([set.builders, set.buildersUseSubstitutes], ['', true]);
});

for (const [text, why] of [
  ['-', /the address of a store is missing/],
  ['host x86_64-linux - many', /the number of jobs is 'many'/],
  ['host x86_64-linux - -1', /the number of jobs is '-1'/],
  ['host x86_64-linux - 1 -2', /the speed factor is '-2'/],
  ['host x86_64-linux - 1 1 - - not!base64', /not in base 64/],
  ['ssh://host?remote-program=/x/nix-store', /names a program for the protocol of ssh:\/\//],
] as const)
  test(`refused: ${text}`, () => {
    assert.throws(() => readMachines(text, 'x86_64-linux'), { code: 'flake/bad-settings', message: why });
  });

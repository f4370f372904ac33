import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { compareVersions } from '../../src/debian/version.ts';

/** Each is older than the next. */
const ascending = [
  '0',
  '0.1~~',
  '0.1~',
  '0.1~a',
  '0.1',
  '0.1-0.1',
  '0.1-1~bpo1',
  '0.1-1',
  '0.1-1+b1',
  '0.1-1+deb13u1',
  '0.1-10',
  '0.1a',
  '0.1+dfsg-1',
  '0.1.1',
  '0.2',
  '0.10',
  '1',
  '1.0000000000000000000001',
  '1.99999999999999999999',
  '1.100000000000000000000',
  '2.41-12',
  '2.41-12+deb13u5',
  '1:0',
  '1:0.1',
  '2:0',
];

test('sorts versions', () => {
  ascending.forEach((a, i) =>
    ascending.forEach((b, j) => assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} and ${b}`)),
  );
});

test('takes different spellings of the same version as equal', () => {
  for (const [a, b] of [
    ['0:1.0', '1.0'],
    ['1.00', '1.0'],
    ['1.0-0', '1.0-00'],
    ['1.0-0', '1.0'],
  ] as const)
    assert.equal(compareVersions(a, b), 0, `${a} and ${b}`);
});

test('compares random pairs as dpkg does', (t) => {
  if (!existsSync('/usr/bin/dpkg')) return t.skip('dpkg is not on this machine');
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const pieces = ['1', '2', '10', '0', '01', '.', '-', '+', '~', 'a', 'b', 'rc', 'deb', '1:', '~~', '+b1', '-1'];
  const version = () =>
    `${next(9)}${Array.from({ length: next(6) }, () => pieces[next(pieces.length)])
      .join('')
      .replaceAll('1:', '.')}0`;
  const pairs = Array.from({ length: 300 }, () => [version(), version()] as const);
  const script = pairs
    .map(
      ([a, b]) =>
        `if dpkg --compare-versions '${a}' lt '${b}'; then echo -1; elif dpkg --compare-versions '${a}' eq '${b}'; then ` +
        'echo 0; else echo 1; fi',
    )
    .join('\n');
  const { stdout } = spawnSync('sh', ['-c', `exec 2>/dev/null\n${script}`], { encoding: 'utf8' });
  const judged = stdout.trim().split('\n').map(Number);
  assert.equal(judged.length, pairs.length);
  pairs.forEach(([a, b], i) => assert.equal(Math.sign(compareVersions(a, b)), judged[i], `${a} and ${b}`));
});

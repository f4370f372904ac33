import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halfMd4 } from '../../src/disk/ext4/half-md4.ts';
import { judge } from '../support/judge.ts';

const seedText = '01234567-89ab-cdef-0123-456789abcdef';
const seed = Buffer.from(seedText.replaceAll('-', ''), 'hex');

test('hashes names like debugfs', async (t) => {
  const words = Int32Array.from([0, 4, 8, 12], (at) => seed.readInt32LE(at));
  const names = [
    'a',
    'lib',
    'four',
    'libsystemd-shared-257.so',
    'x'.repeat(32),
    'y'.repeat(33),
    'z'.repeat(64),
    'w'.repeat(255),
    'Főtanúsítvány',
  ];
  for (const name of names) {
    const said = await judge(t, 'debugfs', ['-R', `dx_hash -h half_md4 -s ${seedText} ${name}`]);
    if (said === '') return;
    const match = /Hash of .* is 0x([0-9a-f]+) \(minor 0x([0-9a-f]+)\)/.exec(said);
    const { major, minor } = halfMd4(Buffer.from(name), words);
    assert.deepEqual([major.toString(16), minor.toString(16)], [match?.[1], match?.[2]], name);
  }
});

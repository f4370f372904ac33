import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nixBase32Decode, nixBase32Encode } from '../../src/nix-format/base32.ts';
import { dumpNar, fileTreeSource, narHash } from '../../src/nix-format/nar-writer.ts';
import { readNar } from '../../src/nix-format/nar-reader.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';

const withNix = { skip: spawnSync('nix-store', ['--version']).status === 0 ? false : 'nix-store is not installed' };

const sample = () => directory([
  ['zeta', file('text\n')],
  ['run', file('#!/bin/sh\n', 0o755)],
  ['empty', file('')],
  ['ﬀ', file('after a surrogate pair in UTF-16, before it in bytes')],
  ['😀', symlink('../über')],
  ['dir', directory([['big', file(new Uint8Array(300_001).fill(7))], ['none', directory()]])],
]);

function dump(node: Parameters<typeof narHash>[0]): Buffer {
  const chunks: Buffer[] = [];
  dumpNar(fileTreeSource, node, (chunk) => chunks.push(Buffer.from(chunk)));
  return Buffer.concat(chunks);
}

test('a NAR is what nix-store --dump writes', withNix, () => {
  const root = mkdtempSync(join(tmpdir(), 'nar-'));
  try {
    mkdirSync(join(root, 'dir/none'), { recursive: true });
    writeFileSync(join(root, 'zeta'), 'text\n');
    writeFileSync(join(root, 'run'), '#!/bin/sh\n');
    chmodSync(join(root, 'run'), 0o755);
    writeFileSync(join(root, 'empty'), '');
    writeFileSync(join(root, 'ﬀ'), 'after a surrogate pair in UTF-16, before it in bytes');
    symlinkSync('../über', join(root, '😀'));
    writeFileSync(join(root, 'dir/big'), new Uint8Array(300_001).fill(7));
    assert.ok(execFileSync('nix-store', ['--dump', root], { maxBuffer: 1 << 24 }).equals(dump(sample())));
    const hash = execFileSync('nix-hash', ['--type', 'sha256', '--base32', root], { encoding: 'utf8' }).trim();
    assert.equal(nixBase32Encode(narHash(sample()).sha256), hash);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a NAR read back gives the same NAR', () => {
  const bytes = dump(sample());
  assert.ok(dump(readNar(bytes)).equals(bytes));
  assert.equal(narHash(sample()).size, bytes.length);
});

test('what is not a NAR is refused', () => {
  const bytes = dump(sample());
  assert.throws(() => readNar(bytes.subarray(0, bytes.length - 8)), { code: 'nix-format/bad-nar' });
  assert.throws(() => readNar(Buffer.concat([bytes, Buffer.alloc(8)])), { code: 'nix-format/bad-nar' });
  const climbing = Buffer.from(dump(directory([['ab', file('')]])));
  climbing.write('..', climbing.indexOf('ab\0\0'));
  assert.throws(() => readNar(climbing), { code: 'nix-format/bad-nar' });
  const unsorted = Buffer.from(dump(directory([['a', file('')], ['b', file('')]])));
  unsorted.write('c', unsorted.indexOf('a\0\0\0\0'));
  assert.throws(() => readNar(unsorted), { code: 'nix-format/bad-nar' });
});

test('base 32 is its own inverse at every length', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11 + 200) & 0xff);
    assert.deepEqual(nixBase32Decode(nixBase32Encode(bytes)), bytes);
  }
  assert.throws(() => nixBase32Decode('e'), { code: 'nix-format/bad-base32' });
  assert.throws(() => nixBase32Decode('zz'), { code: 'nix-format/bad-base32' });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { dumpNar, fileTreeSource, narDigest } from '../../src/nix-format/nar-writer.ts';
import { physicalSource } from '../../src/store/physical-tree.ts';
import { NarUnpacker } from '../../src/store/unpack-nar.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const reference = `/nix/store/${'0123456789abcdfghijklmnpqrsvwxyz'}-lib`;
const other = `/nix/store/${'1'.repeat(32)}-other`;
const pieces: Buffer[] = [];
const tree = directory([
  ['a', file(`mentions ${reference}/x`)],
  ['big', file(new Uint8Array(100_001).fill(7))],
  ['empty', directory()],
  ['run', file('#!/bin/sh\n', 0o755)],
  ['z', symlink('a')],
]);
dumpNar(fileTreeSource, tree, (piece) => pieces.push(Buffer.from(piece)));
const nar = Buffer.concat(pieces);

test('an archive in pieces of any length is written, hashed and searched', (t) => {
  for (const length of [1, 7, 8, 1000, nar.length]) {
    const place = join(scratchFolder(t), 'out');
    const unpacker = new NarUnpacker(place, { narSize: nar.length, candidates: [other, reference] });
    for (let at = 0; at < nar.length; at += length) unpacker.push(nar.subarray(at, at + length));
    const found = unpacker.finish();
    assert.deepEqual(found.sha256, createHash('sha256').update(nar).digest());
    assert.equal(found.size, nar.length);
    assert.deepEqual(found.references, [reference]);
    assert.deepEqual(Buffer.from(narDigest(physicalSource, place).sha256), found.sha256);
  }
});

test('an archive that is cut, or goes on, is refused', (t) => {
  for (const bytes of [nar.subarray(0, -1), nar.subarray(0, 100), Buffer.concat([nar, Buffer.alloc(8)]), Buffer.alloc(0)]) {
    const unpacker = new NarUnpacker(join(scratchFolder(t), 'out'));
    assert.throws(
      () => {
        for (let at = 0; at < bytes.length; at += 64) unpacker.push(bytes.subarray(at, at + 64));
        unpacker.finish();
      },
      { code: 'nix-format/bad-nar' },
    );
    unpacker.close();
  }
});

test('a file that does not fit into the size that was said is refused before it is written', (t) => {
  const unpacker = new NarUnpacker(join(scratchFolder(t), 'out'), { narSize: 50_000 });
  assert.throws(() => unpacker.push(nar.subarray(0, 2000)), { message: /a file of 100001 bytes begins where \d+ are left/ });
  unpacker.close();
});

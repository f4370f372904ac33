/** Archives as trees. The hashes are those that nix 2.34 prints for archives with the same members. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ArchiveLimits } from '../../src/archive/limits.ts';
import { unpackArchive, type UnpackedArchive } from '../../src/fetch/archive/unpack.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { bytesSource } from '../../src/tree/file-tree.ts';
import { zstdCompressor } from '../../src/builders/image/zstd.ts';
import { narHash } from '../../src/nix-format/nar-writer.ts';
import { makeTar, type TarEntry } from '../debian/support/deb-maker.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const base: TarEntry[] = [
  { path: 'top/', mtime: 1000 },
  { path: 'top/flake.nix', contents: '{ outputs = _: { x = 1; }; }', mtime: 1600000000 },
  { path: 'top/run', contents: '#!/bin/sh\n', mode: 0o755, mtime: 1500000000 },
  { path: 'top/empty/', mtime: 1700000000 },
  { path: 'top/link', type: 'symlink', link: 'flake.nix', mode: 0o777, mtime: 5 },
];
const baseHash = 'yhCxBi/uGn6XMq2IBYASoCwsqb781S8CYf+4ZTddfl8=';
const one = (path: string, mtime: number, contents = '1', mode = 0o644): TarEntry => ({ path, contents, mode, mtime });

/** Members, the newest time, the hash. */
const trees: [name: string, members: TarEntry[], lastModified: number, hash: string][] = [
  ['a folder at the top is taken off', base, 1700000000, baseHash],
  [
    "only its owner's bit makes a file executable",
    [...base, one('top/gx', 1, 'a', 0o654), one('top/ox', 1, 'a', 0o645)],
    1700000000,
    'EAewVVDctFZ4iPS/ykRlqjWfWQoY0vmlIkpaKTRJV3c=',
  ],
  ['what has more at the top stays as it is', [one('a', 1, 'a'), one('b/c', 7, 'c')], 7, 'TkbTw7vEKt6Ea9ptIoTuzeU4AMByoKyeAv13FwzBslk='],
  ['a file alone stays in a folder', [one('a', 1, 'a')], 1, 'xqOTK/Vjn1bv5F/qMackARWy5KvYLmLUG+LGeICAMEg='],
  ['only one folder is taken off', [one('a/b/c', 3)], 3, 'mKzTcEtrrj6rliFZ8uSRo5CFClU2IQxsCOor6Gm6lxs='],
  [
    'a hard link is a file like any other',
    [...base, { path: 'top/hl', type: 'hardlink', link: 'top/run', mtime: 3 }],
    1700000000,
    'mWxKao+O+TSUoAROe7CG16mL1mMzwhanYo5Toxiz8cI=',
  ],
  ['a path from the root is one in the archive', [one('/top/evil', 3, 'e')], 3, 'itKi+JCndKD7RLGjEVqZ90R6mJN7c/1mvRhXlTkzq1c='],
  [
    'the last of two members of a name counts',
    [one('top/a', 3), one('top/a', 4, '2', 0o755)],
    4,
    'WyGoFuKchz1ShsXN3KboFTNL8wZBUk7A6ZVPcYt/KbM=',
  ],
  [
    'the folder . is the top',
    [{ path: './', mtime: 50 }, one('./a', 3), one('./b', 4)],
    50,
    'PoUd8MwJFZgcreaywjmz8U29bjXWj3KctdGnh/uwndk=',
  ],
  ['a folder in . is taken off', [{ path: './', mtime: 50 }, one('./top/a', 3)], 50, 'pZAX/+IqMtBbfP2rR9FXbyV6VBz6ySj6pywSQVa3TzA='],
  ['nothing at all is an empty folder', [], 0, 'pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo='],
];

const folder = scratchFolder();
let places = 0;

function unpack(bytes: Uint8Array, what: string, limits?: ArchiveLimits): UnpackedArchive {
  return unpackArchive(bytesSource(bytes), what, join(folder, `${places++}`), limits);
}

function check(bytes: Uint8Array, lastModified: number, hash: string): void {
  const unpacked = unpack(bytes, 'x');
  assert.equal(Buffer.from(narHash(readTree(unpacked.tree)).sha256).toString('base64'), hash);
  assert.equal(unpacked.lastModified, lastModified);
}

for (const [name, members, lastModified, hash] of trees) test(name, () => check(makeTar(members), lastModified, hash));

/** `base`, compressed by Python's bz2 and lzma. */
const bzip2 =
  'QlpoOTFBWSZTWcp31nkAAQ1bgcuRaAH/mgnk82/eaiAACAgwAPjbQ1EyZJ6mRoxMTQYRgDKYQinqm8p6p6RpgJoMmAjAJpiCRRIPSj9U8o9Q2oZDRo9T1BoZtSn9N4fMbewedtp8ZwQKMkkhsSRdf26ob0VxcXYjqY2pKVV+jPmRmQkNAYwWxq79jxPHyNlPoy4bWGvaWi62ArUO4aEju3fGOGOkSO/Rrko1wNxsSiHpsiAW0ZMzBdlS7FnJEISPgnEFLeyUKyFzURiCjcAZSCNmQg9/1LoOCFKAwakFtwKHqlo7kWGBM+2jBzRZkjKNaJQelHQjhgqVHv/0Ck6rCydcFekB/F3JFOFCQynfWeQ=';
const xz =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AO1dADobymMkBJSzSsi80f5CS2NFvPom9f00OAJYqY41hunYgyPCPQV+oqyj5rLVGsMMv3pMB8LAeX7QbZHWz1hyX2Bzhj4IRmP6aIq2bAXI0K+Bvge3qvX+zxXPquKxp8zfLF1NcdQF5v9rdw1n/4JQ8uDMhAyYc5+/ZOhj3tRnt4dVgf09bilFKZDMy4T0Bw6cZElw7GyGGN3erSEnaydr/5fJU6xUaVeI1gOJS+AdRLzrvtoHKQBAIhPEFq4z4ruOBOddXyQSoQ7g3EawaMDuh80WzbYP08VQRP3cSzaZKL+RbX7l23EgV2SR73YkwgAAAADvA9AShwBIAAABiQKAUAAAJlrPAbHEZ/sCAAAAAARZWg==';
/** top/flake.nix (deflated), top/run (stored, executable), top/l (a symlink), by Python's zipfile. */
const zip =
  'UEsDBBQAAAAIAAU5plAAAAAAAgAAAAAAAAAEAAAAdG9wLwMAUEsDBBQAAAAIAAU5plBwx7AqGgAAAD8AAAANAAAAdG9wL2ZsYWtlLm5peKtWyC8tKSgtKVawVYi3UqhWqLVWqK0mWhAAUEsDBBQAAAAAAAU5plDAdRmzAgAAAAIAAAAHAAAAdG9wL3J1biMhUEsDBBQAAAAIAAU5plDApHZQBQAAAAMAAAAFAAAAdG9wL2wrKs0DAFBLAQIUAxQAAAAIAAU5plAAAAAAAgAAAAAAAAAEAAAAAAAAAAAAAADtQQAAAAB0b3AvUEsBAhQDFAAAAAgABTmmUHDHsCoaAAAAPwAAAA0AAAAAAAAAAAAAAKSBJAAAAHRvcC9mbGFrZS5uaXhQSwECFAMUAAAAAAAFOaZQwHUZswIAAAACAAAABwAAAAAAAAAAAAAA7YFpAAAAdG9wL3J1blBLAQIUAxQAAAAIAAU5plDApHZQBQAAAAMAAAAFAAAAAAAAAAAAAAD/oZAAAAB0b3AvbFBLBQYAAAAABAAEANUAAAC4AAAAAAA=';

test('detects every compression by its magic bytes', async () => {
  const tar = makeTar(base);
  check(gzipSync(tar), 1700000000, baseHash);
  check((await zstdCompressor())(tar, 3), 1700000000, baseHash);
  check(Buffer.from(bzip2, 'base64'), 1700000000, baseHash);
  check(Buffer.from(xz, 'base64'), 1700000000, baseHash);
});

test('reads a zip archive with modes and symlinks', () => {
  check(Buffer.from(zip, 'base64'), new Date(2020, 4, 6, 7, 8, 10).getTime() / 1000, '7VifiLSKX9sTW352ETbZ2bJ3yRNbjbCBOVKqxxl+pMc=');
});

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => unpack(bytes, 'the archive'),
    (error: Error & { code: string }) =>
      error.code === 'flake/bad-archive' && message.test(error.message) && error.message.startsWith("'the archive' cannot be unpacked"),
  );
}

test('refuses members with `..`, and members that a tree cannot contain', () => {
  refuses(makeTar([one('top/../../evil', 1)]), /'top\/\.\.\/\.\.\/evil' climbs out/);
  refuses(makeTar([{ path: 'l', type: 'symlink', link: '/etc' }, one('l/evil', 1)]), /'l\/evil' lies in 'l', which is no folder/);
  refuses(makeTar([{ path: 'h', type: 'hardlink', link: '../../etc/passwd' }]), /climbs out/);
  refuses(makeTar([{ path: 'h', type: 'hardlink', link: 'missing' }]), /names 'missing', which is no file in it/);
  refuses(makeTar([{ path: 'd', type: 'device' }]), /the type 'device'/);
});

test('detects damage in every format', () => {
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 0x40;
    return copy;
  };
  refuses(makeTar(base).subarray(0, 1600), /cut short/);
  refuses(flip(makeTar(base), 3), /wrong checksum/);
  refuses(flip(gzipSync(makeTar(base)), 60), /./);
  refuses(flip(Buffer.from(bzip2, 'base64'), 150), /bzip2 data is damaged/);
  refuses(Buffer.from(bzip2, 'base64').subarray(0, 200), /bzip2 data is damaged/);
  refuses(flip(Buffer.from(zip, 'base64'), 90), /'top\/flake\.nix' is damaged|invalid/);
  refuses(Buffer.from(zip, 'base64').subarray(0, 300), /cut short/);
  refuses(Buffer.from('<!doctype html>'), /no archive of a kind/);
});

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

const sample = () =>
  directory([
    ['zeta', file('text\n')],
    ['run', file('#!/bin/sh\n', 0o755)],
    ['empty', file('')],
    ['ﬀ', file('after a surrogate pair in UTF-16, before it in bytes')],
    ['😀', symlink('../über')],
    [
      'dir',
      directory([
        ['big', file(new Uint8Array(300_001).fill(7))],
        ['none', directory()],
      ]),
    ],
  ]);

function dump(node: Parameters<typeof narHash>[0]): Buffer {
  const chunks: Buffer[] = [];
  dumpNar(fileTreeSource, node, (chunk) => chunks.push(Buffer.from(chunk)));
  return Buffer.concat(chunks);
}

test('writes the NAR that nix-store --dump writes', withNix, () => {
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

test('a NAR that is read and written again is the same', () => {
  const bytes = dump(sample());
  assert.ok(dump(readNar(bytes)).equals(bytes));
  assert.equal(narHash(sample()).size, bytes.length);
});

test('refuses data that is not a NAR', () => {
  const bytes = dump(sample());
  assert.throws(() => readNar(bytes.subarray(0, bytes.length - 8)), { code: 'nix-format/bad-nar' });
  assert.throws(() => readNar(Buffer.concat([bytes, Buffer.alloc(8)])), { code: 'nix-format/bad-nar' });
  const climbing = Buffer.from(dump(directory([['ab', file('')]])));
  climbing.write('..', climbing.indexOf('ab\0\0'));
  assert.throws(() => readNar(climbing), { code: 'nix-format/bad-nar' });
  const unsorted = Buffer.from(
    dump(
      directory([
        ['a', file('')],
        ['b', file('')],
      ]),
    ),
  );
  unsorted.write('c', unsorted.indexOf('a\0\0\0\0'));
  assert.throws(() => readNar(unsorted), { code: 'nix-format/bad-nar' });
});

/** The tokens of a NAR: texts and bytes with their length, a number as a length without data. */
function nar(tokens: readonly (string | number | Uint8Array)[]): Buffer {
  return Buffer.concat(
    tokens.map((token) => {
      const bytes = typeof token === 'number' ? Buffer.alloc(0) : Buffer.from(token);
      const out = Buffer.alloc(8 + Math.ceil(bytes.length / 8) * 8);
      out.writeBigUInt64LE(BigInt(typeof token === 'number' ? token : bytes.length));
      out.set(bytes, 8);
      return out;
    }),
  );
}

type Token = string | number | Uint8Array;
const magic = 'nix-archive-1';
const link = ['(', 'type', 'symlink', 'target', 'x', ')'];
const folder = (...entries: Token[][]): Token[] => ['(', 'type', 'directory', ...entries.flat(), ')'];
const entry = (name: Token, node: Token[] = link): Token[] => ['entry', '(', 'name', name, 'node', ...node, ')'];
const names = (...given: Token[]): Token[] => [magic, ...folder(...given.map((name) => entry(name)))];
const nested = (depth: number): Token[] => [
  magic,
  ...Array.from({ length: depth }, () => ['(', 'type', 'directory', 'entry', '(', 'name', 'a', 'node']).flat(),
  ...link,
  ...Array.from({ length: 2 * depth }, () => ')'),
];

const longPath: Token[] = [magic, ...Array.from({ length: 17 }).reduce((inner: Token[]) => folder(entry('n'.repeat(250), inner)), link)];

const hostile: [string, Token[], RegExp][] = [
  ['a folder that holds itself', names('.'), /the entry name "\." is not allowed/],
  ['a name that climbs', names('..'), /the entry name "\.\." is not allowed/],
  ['no name', names(''), /the entry name "" is not allowed/],
  ['a name with a slash', names('a/b'), /the entry name "a\/b" is not allowed/],
  ['a name with a NUL', names('a\0b'), /the entry name "a\\u0000b" is not allowed/],
  ['a name twice', names('a', 'a'), /the entry "a" is out of order/],
  ['names that go down', names('b', 'a'), /the entry "a" is out of order/],
  ['a prefix after the longer name', names('ab', 'a'), /the entry "a" is out of order/],
  ['names in the order of UTF-16', names('\u{1f600}', '\ufb00'), /the entry "\ufb00" is out of order/],
  [
    'a name that is not UTF-8, twice',
    names(Buffer.from([0x61, 0xe9, 0x0a]), Buffer.from([0x61, 0xe9, 0x0a])),
    /"a\\xe9\\x0a" is out of order/,
  ],
  ['a name that no file system takes', names('n'.repeat(256)), /a name has 256 bytes, more than 255/],
  ['a name of 2^51 bytes', names(2 ** 51), /a name has 2251799813685248 bytes, more than 255/],
  ['a path that no file system takes', longPath, /a path in it has more than 3072 bytes/],
  ['folders in folders', nested(1025), /more than 1024 folders lie in each other/],
  ['100,000 folders in folders', nested(100_000), /more than 1024 folders lie in each other/],
  ['a link to nothing', [magic, '(', 'type', 'symlink', 'target', '', ')'], /the link target "" is not allowed/],
  ['a link with a NUL', [magic, '(', 'type', 'symlink', 'target', 'a\0', ')'], /the link target "a\\u0000" is not allowed/],
  [
    'a link of 4,096 bytes',
    [magic, '(', 'type', 'symlink', 'target', 'x'.repeat(4096), ')'],
    /a link target has 4096 bytes, more than 4095/,
  ],
  [
    'a file of 2^50 bytes',
    [magic, '(', 'type', 'regular', 'contents', 2 ** 50, ')'],
    /a file of 1125899906842624 bytes begins where 16 are left/,
  ],
  ['a file that ends too early', [magic, '(', 'type', 'regular', 'contents', 1], /a file of 1 bytes begins where 0 are left/],
  ['a word of 1 GB', [magic, 2 ** 30], /a word has 1073741824 bytes, more than 32/],
  ['another word', [magic, '(', 'type', 'fifo', ')'], /the unknown type "fifo"/],
  ['a word that would write on a terminal', [magic, '(', 'type', '\x1b[2J', ')'], /the unknown type "\\u001b\[2J"/],
  ['no end', [magic, ...folder(entry('a')).slice(0, -1)], /it ends at byte \d+, 8 bytes early/],
];

for (const [what, tokens, message] of hostile) {
  test(`refuses ${what}`, () => assert.throws(() => readNar(nar(tokens)), { code: 'nix-format/bad-nar', message }));
}

test('accepts what is just within the limits', () => {
  let node = readNar(nar(nested(1024)));
  let depth = 0;
  for (; node.type === 'directory'; depth += 1) node = node.entries.get('a')!;
  assert.equal(depth, 1024);
  assert.equal(readNar(nar(names('n'.repeat(255)))).type, 'directory');
  assert.equal(readNar(nar([magic, '(', 'type', 'symlink', 'target', 'x'.repeat(4095), ')'])).type, 'symlink');
});

test('keeps names and targets that are not UTF-8', () => {
  const odd = ['61e9', 'c3', 'edb280', 'f09f9880ff'].map((hex) => Buffer.from(hex, 'hex'));
  for (const bytes of odd) {
    const archive = nar([magic, ...folder(entry(bytes, ['(', 'type', 'symlink', 'target', bytes, ')']))]);
    assert.ok(dump(readNar(archive)).equals(archive), bytes.toString('hex'));
  }
});

test("file contents are views of the archive's memory", () => {
  const bytes = dump(file(new Uint8Array(1 << 20).fill(7)));
  const node = readNar(bytes);
  assert.ok(node.type === 'regular' && node.contents.bytes?.buffer === bytes.buffer);
});

test('base 32 decodes what it encodes at every length', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11 + 200) & 0xff);
    assert.deepEqual(nixBase32Decode(nixBase32Encode(bytes)), bytes);
  }
  assert.throws(() => nixBase32Decode('e'), { code: 'nix-format/bad-base32' });
  assert.throws(() => nixBase32Decode('zz'), { code: 'nix-format/bad-base32' });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeTree } from '../../src/store/physical-tree.ts';
import { contentAddressedPath, parseContentAddress } from '../../src/nix-format/content-address.ts';
import { formatHash } from '../../src/nix-format/hash.ts';
import { MOST_NARINFO, parseNarInfo, printNarInfo } from '../../src/nix-format/narinfo.ts';
import { parseNixCacheInfo, printNixCacheInfo } from '../../src/nix-format/nix-cache-info.ts';
import {
  fingerprint,
  generateKey,
  parsePublicKey,
  parseSecretKey,
  publicKeyOf,
  signText,
  verifyText,
} from '../../src/nix-format/signature.ts';
import { nix, withNix } from '../support/nix-oracle.ts';

const path = '/nix/store/syd87l2rxw8cbsxmxl853h0r6pdwhwjr-curl-7.82.0-bin';
const hash = '1b4sb93wp679q4zx9k1ignby1yna3z7c4c2ri3wphylbc2dwsys0';
const whole = `StorePath: ${path}
URL: nar/05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56.nar.xz
Compression: xz
FileHash: sha256:05ra3y72i3qjri7xskf9qj8kb29r6naqy1sqpbs3azi3xcigmj56
FileSize: 68852
NarHash: sha256:${hash}
NarSize: 196040
References: 0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0 6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115
Deriver: 5cf0w3xqjcw2lx0wsi9zr6ci8jgr1zdb-curl-7.82.0.drv
Sig: cache.nixos.org-1:TsTTb3WGTZKphvYdBHXwo6weVILmTytUjLB+vcX89fOjjRicCHmKA4RCPMVLkj6TMJ4GMX3HPVWRdD1hkeKZBQ==
`;
const minimal = `StorePath: ${path}\nURL: nar/x.nar\nNarHash: sha256:${hash}\nNarSize: 8\n`;

test('a file is read and printed again', () => {
  const info = parseNarInfo(whole, 'x');
  assert.equal(info.fileSize, 68852);
  assert.equal(info.narSize, 196040);
  assert.deepEqual(info.references, [
    '/nix/store/0jqd0rlxzra1rs38rdxl43yh6rxchgc6-curl-7.82.0',
    '/nix/store/6w8g7njm4mck5dmjxws0z1xnrxvl81xa-glibc-2.34-115',
  ]);
  assert.equal(info.deriver, '/nix/store/5cf0w3xqjcw2lx0wsi9zr6ci8jgr1zdb-curl-7.82.0.drv');
  assert.equal(printNarInfo(info), whole);
});

test('a signature holds for what was signed, and for nothing else', () => {
  const info = parseNarInfo(whole, 'x');
  const secret = generateKey('cache.example.org-1');
  const key = publicKeyOf(secret);
  const signature = signText(secret, fingerprint(info));
  assert.equal(fingerprint(info), `1;${path};sha256:${hash};196040;${info.references.join(',')}`);
  assert.ok(verifyText(key, fingerprint({ ...info, references: [...info.references].reverse() }), signature));
  assert.ok(!verifyText(key, fingerprint({ ...info, narSize: 196041 }), signature));
  assert.ok(!verifyText(key, fingerprint({ ...info, references: [] }), signature));
  assert.ok(!verifyText({ ...key, name: 'other-1' }, fingerprint(info), signature));
});

test('what Nix leaves out or writes otherwise', () => {
  const info = parseNarInfo(`${minimal}Deriver: unknown-deriver\nOther: of a later version\nX:y\n`, 'x');
  assert.equal(info.deriver, undefined);
  assert.equal(info.compression, 'bzip2');
  assert.deepEqual(info.unknown, ['Other: of a later version', 'X:y']);
  assert.match(printNarInfo(info), /References: \nOther: of a later version\nX:y\n$/);
  const hex = formatHash(info.narHash, 'base16', true);
  for (const other of [hex, formatHash(info.narHash, 'sri'), formatHash(info.narHash, 'base64', true)])
    assert.equal(printNarInfo(parseNarInfo(minimal.replace(`sha256:${hash}`, other), 'x')), printNarInfo(parseNarInfo(minimal, 'x')));
});

const refused: [string, string, RegExp][] = [
  ['nothing', '', /has no StorePath/],
  ['no end of the last line', minimal.slice(0, -1), /last line has no end/],
  ['a line without a colon', `${minimal}word\n`, /no ':'/],
  ['a reference that climbs', `${minimal}References: ../../etc/passwd\n`, /is not a store path/],
  ['a reference that is no store path', `${minimal}References: curl\n`, /"\/nix\/store\/curl" is not a store path/],
  ['two lists of references', `${minimal}References: ${path.slice(11)}\nReferences: ${path.slice(11)}\n`, /two lists/],
  ['a path outside', minimal.replace(path, '/etc/passwd'), /is not a store path/],
  ['a path below', minimal.replace(path, `${path}/bin`), /is not a store path/],
  ['a path that climbs', minimal.replace(path, `/nix/store/../${path.slice(11)}`), /is not a store path/],
  ['a deriver that is none', `${minimal}Deriver: x\n`, /is not a store path/],
  ['no size', minimal.replace('NarSize: 8', 'NarSize: 0'), /has no NarSize/],
  ['a size below 0', minimal.replace('NarSize: 8', 'NarSize: -8'), /NarSize is "-8"/],
  ['a size above all', minimal.replace('NarSize: 8', `NarSize: ${'9'.repeat(30)}`), /NarSize is/],
  ['a hash of another kind', minimal.replace(/sha256:\w+/, `md5:${'0'.repeat(32)}`), /is a md5, not a sha256/],
  ['a hash that is cut', minimal.replace(hash, hash.slice(1)), /is not a hash/],
  ['a content address of no kind', `${minimal}CA: fixed:x:sha256:${hash}\n`, /not a content address/],
  ['what would write on a terminal', `${minimal}CA: \x1b[2J\n`, /"\\u001b\[2J" is not a content address/],
  ['more than a file may have', `${minimal}A: ${'x'.repeat(MOST_NARINFO)}\n`, /more than 2097152 bytes/],
];
for (const [what, text, message] of refused)
  test(`refused: ${what}`, () => assert.throws(() => parseNarInfo(text, 'x'), { code: 'nix-format/bad-narinfo', message }));

test('nix-cache-info', () => {
  assert.deepEqual(parseNixCacheInfo('StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\nOther: x\n'), {
    storeDir: '/nix/store',
    wantMassQuery: true,
    priority: 40,
  });
  assert.equal(printNixCacheInfo({ storeDir: '/nix/store' }), 'StoreDir: /nix/store\n');
  assert.equal(printNixCacheInfo({ storeDir: '/s', wantMassQuery: false, priority: 3 }), 'StoreDir: /s\nWantMassQuery: 0\nPriority: 3\n');
});

test('content addresses', () => {
  assert.equal(parseContentAddress(`fixed:r:sha256:${hash}`)?.method, 'nar');
  assert.equal(parseContentAddress(`text:sha256:${hash}`)?.method, 'text');
  assert.equal(parseContentAddress(`fixed:sha1:${'0'.repeat(40)}`)?.method, 'flat');
  for (const bad of ['', 'fixed:sha256', `text:r:sha256:${hash}`, `fixed:r:sha3:${hash}`, `text:sha1:${'0'.repeat(40)}`])
    assert.equal(parseContentAddress(bad), undefined, bad);
  const flat = parseContentAddress(`fixed:sha256:${hash}`)!;
  assert.equal(contentAddressedPath(path, flat, [path]), undefined);
});

test('what nix copy and nix store sign write is what we print and sign', withNix, () => {
  const folder = mkdtempSync(join(tmpdir(), 'narinfo-'));
  try {
    mkdirSync(join(folder, 'tree'));
    writeFileSync(join(folder, 'tree/a'), 'hello\n');
    symlinkSync('a', join(folder, 'tree/b'));
    const store = ['--store', `local?root=${folder}/store`];
    const added = nix(['store', 'add', ...store, '--name', 'tree', join(folder, 'tree')])
      .toString()
      .trim();
    // A derivation has references, and no deriver.
    writeFileSync(
      join(folder, 'x.nix'),
      `builtins.toFile "with-reference" "\${builtins.storePath "${added}"} \${builtins.toFile "x" "y"}"`,
    );
    const text = nix(['eval', ...store, '--raw', '--impure', '--file', join(folder, 'x.nix')]).toString();
    const secret = nix(['key', 'generate-secret', '--key-name', 'test-1']).toString();
    writeFileSync(join(folder, 'key'), secret);
    nix(['store', 'sign', ...store, '-k', join(folder, 'key'), '--recursive', text]);
    const key = parsePublicKey(nix(['key', 'convert-secret-to-public'], { input: secret }).toString());
    for (const compression of ['xz', 'zstd', 'br', 'gzip', 'bzip2', 'lz4', 'none']) {
      const cache = join(folder, compression);
      nix(['copy', ...store, '--to', `file://${cache}?compression=${compression}`, text]);
      const files = readdirSync(cache).filter((name) => name.endsWith('.narinfo'));
      assert.equal(files.length, 3);
      for (const file of files) {
        const written = readFileSync(join(cache, file), 'utf8');
        const info = parseNarInfo(written, file);
        assert.equal(printNarInfo(info), written);
        assert.equal(info.compression, compression);
        assert.equal(contentAddressedPath(info.storePath, parseContentAddress(info.ca!)!, info.references), info.storePath);
        assert.deepEqual(info.signatures, [signText(parseSecretKey(secret), fingerprint(info))]);
        assert.ok(verifyText(key, fingerprint(info), info.signatures[0]!));
      }
      assert.equal(printNixCacheInfo({ storeDir: '/nix/store' }), readFileSync(join(cache, 'nix-cache-info'), 'utf8'));
    }
  } finally {
    removeTree(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

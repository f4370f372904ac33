/** Caches that real nix makes, of every compression. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sri } from '../../src/nix-format/hash.ts';
import { narDigest } from '../../src/nix-format/nar-writer.ts';
import { physicalSource } from '../../src/store/physical-tree.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { serve, testFolder, testSubstituters } from './support.ts';
import { readdirSync } from 'node:fs';

/** Bytes that compress to about a half, the same each time. */
function content(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, n = 0; at < length; n++) {
    const digest = createHash('sha256').update(String(n)).digest();
    at += digest.copy(bytes, at);
    at += bytes.copy(bytes, at, Math.max(0, at - 4096), Math.max(0, at - 4064));
  }
  return bytes;
}

test('what nix copy writes, nix would read the same', withNix, async (t) => {
  const folder = testFolder(t);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'empty'), { recursive: true });
  writeFileSync(join(tree, 'run'), '#!/bin/sh\n');
  chmodSync(join(tree, 'run'), 0o755);
  writeFileSync(join(tree, 'big'), content(500_000));
  writeFileSync(join(tree, 'zeros'), Buffer.alloc(9_000_000));
  writeFileSync(Buffer.from(`${tree}/\xff`, 'latin1'), 'a name that is not UTF-8');
  symlinkSync('../über', join(tree, 'link'));
  const store = ['--store', `local?root=${folder}/nix`];
  const path = nix(['store', 'add', ...store, '--name', 'tree', tree])
    .toString()
    .trim();
  const hash = nix(['path-info', ...store, '--json', path]).toString();
  const secret = nix(['key', 'generate-secret', '--key-name', 'test-1']);
  writeFileSync(join(folder, 'key'), secret);
  const key = nix(['key', 'convert-secret-to-public'], { input: secret }).toString();
  for (const compression of ['xz', 'zstd', 'br', 'gzip', 'bzip2', 'lz4', 'none']) {
    const cache = join(folder, compression);
    nix(['copy', ...store, '--to', `file://${cache}?compression=${compression}&secret-key=${folder}/key&index-debug-info=false`, path]);
    const files = new Map(
      readdirSync(cache, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('.') || name === 'nix-cache-info')
        .map((name) => [name, readFileSync(join(cache, name))]),
    );
    const server = await serve(t, files);
    for (const uri of [server.url, `file://${cache}`]) {
      const ours = testSubstituters(t, [uri], { 'trusted-public-keys': key });
      await ours.fetch(path);
      const { sha256 } = narDigest(physicalSource, ours.store.realPath(path));
      assert.ok(hash.includes(sri(sha256)), `${compression} over ${uri}`);
      assert.deepEqual(ours.warnings, []);
      await ours.substituters.close();
    }
  }
});

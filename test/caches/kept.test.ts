import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KeptNarInfos } from '../../src/caches/kept-narinfos.ts';
import { wallClockSeconds } from '../../src/system/clock.ts';
import { cacheFiles, makePath, serve, storePath, testFolder, testSubstituters } from './support.ts';

const ttls = { positive: 1000, negative: 1000, meta: 1000 };
const hashes = (count: number): string[] => Array.from({ length: count }, (_, i) => storePath(`p${i}`).slice(11, 43));

test('what a cache said counts in the next run, for as long as the settings say', async (t) => {
  const server = await serve(t, cacheFiles([makePath('app')]));
  const folder = testFolder(t);
  const run = async (settings: Record<string, string> = {}): Promise<number> => {
    const { substituters, signal } = testSubstituters(t, [server.url], settings, { folder });
    const before = server.requests.length;
    assert.equal((await substituters.find(storePath('app'), { signal })).length, 1);
    assert.equal((await substituters.find(storePath('none'), { signal })).length, 0);
    await substituters.close();
    return server.requests.length - before;
  };
  assert.equal(await run(), 3);
  assert.equal(await run(), 0);
  assert.equal(await run({ 'narinfo-cache-negative-ttl': '0' }), 1);
  assert.equal(await run({ 'narinfo-cache-positive-ttl': '0' }), 1);
  assert.equal(await run({ 'narinfo-cache-meta-ttl': '0' }), 1);
  assert.equal(await run(), 0);
});

test('a path that a cache promised and does not have is asked for again in the next run', async (t) => {
  const files = cacheFiles([makePath('app')]);
  const server = await serve(t, files);
  const folder = testFolder(t);
  const first = testSubstituters(t, [server.url], {}, { folder });
  files.delete('nar/app.nar');
  await assert.rejects(first.fetch(storePath('app')), { code: 'caches/no-substitute', message: /HTTP 404/ });
  await first.substituters.close();
  const second = testSubstituters(t, [server.url], {}, { folder });
  await second.substituters.find(storePath('app'), { signal: second.signal });
  assert.equal(server.count(/narinfo/), 2);
});

test('ten thousand answers: bounded, soon written and soon read', (t) => {
  const folder = testFolder(t);
  const text = 'x'.repeat(600);
  const all = hashes(10_000);
  const kept = new KeptNarInfos(folder, 'https://cache.example.org', ttls);
  for (const [i, hash] of all.entries()) kept.remember(hash, i % 4 === 0 ? undefined : text);
  let begun = performance.now();
  kept.save();
  const writing = performance.now() - begun;
  const again = new KeptNarInfos(folder, 'https://cache.example.org', ttls);
  begun = performance.now();
  assert.ok(all.every((hash, i) => again.find(hash)!.text === (i % 4 === 0 ? undefined : text)));
  const reading = performance.now() - begun;
  t.diagnostic(`written in ${Math.round(writing)} ms, read in ${Math.round(reading)} ms`);
  assert.ok(writing < 5000 && reading < 5000);
  assert.equal(new KeptNarInfos(folder, 'https://other.example.org', ttls).find(all[0]!), undefined);
  for (const hash of hashes(90_000).slice(10_000)) again.remember(hash, undefined);
  again.save();
  const third = new KeptNarInfos(folder, 'https://cache.example.org', ttls);
  const left = hashes(90_000).filter((hash) => third.find(hash)).length;
  assert.ok(left <= 64_000, String(left));
});

test('two runs at once: both keep what they learnt', (t) => {
  const folder = testFolder(t);
  const [a, b] = [new KeptNarInfos(folder, 'u', ttls), new KeptNarInfos(folder, 'u', ttls)];
  const one = `0${'0'.repeat(31)}`;
  const two = `0${'1'.repeat(31)}`;
  a.remember(one, 'one');
  b.remember(two, 'two');
  a.save();
  b.save();
  const c = new KeptNarInfos(folder, 'u', ttls);
  assert.equal(c.find(one)?.text, 'one');
  assert.equal(c.find(two)?.text, 'two');
  c.forget(one);
  c.save();
  assert.equal(new KeptNarInfos(folder, 'u', ttls).find(one), undefined);
});

test('damaged files are asked for again', (t) => {
  const folder = testFolder(t);
  const hash = '0'.repeat(32);
  const kept = new KeptNarInfos(folder, 'u', ttls);
  kept.remember(hash, 'text');
  kept.rememberCacheInfo('StoreDir: /nix/store\n');
  kept.save();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.kept'));
  assert.equal(files.length, 2);
  for (const name of files) {
    const file = join(folder, name);
    const whole = readFileSync(file);
    for (let i = 0; i < whole.length; i++) {
      const flipped = Buffer.from(whole);
      flipped[i]! ^= 1;
      writeFileSync(file, flipped);
      const again = new KeptNarInfos(folder, 'u', ttls);
      if (name.includes('info.kept')) assert.equal(again.cacheInfo(), undefined);
      else assert.equal(again.find(hash), undefined);
    }
    writeFileSync(file, whole);
  }
  assert.ok(wallClockSeconds() > 0);
  assert.equal(new KeptNarInfos(folder, 'u', ttls).cacheInfo(), 'StoreDir: /nix/store\n');
});

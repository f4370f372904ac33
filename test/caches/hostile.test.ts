/** Caches that lie: nothing of what they send gets into a valid path, and neither memory nor time are without bounds. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import * as zlib from 'node:zlib';
import { printNarInfo, type NarInfo } from '../../src/nix-format/narinfo.ts';
import { Substitutes } from '../../src/realise/substitutes.ts';
import { generateKey } from '../../src/nix-format/signature.ts';
import { parseHash } from '../../src/nix-format/hash.ts';
import { directory, file } from '../../src/tree/file-tree.ts';
import { makeFixedOutputPath } from '../../src/nix-format/store-path.ts';
import {
  cacheFiles,
  makePath,
  narOf,
  sample,
  serve,
  storePath,
  testSubstituters,
  type Files,
  type MadePath,
  type TestSubstituters,
} from './support.ts';

const path = storePath('app');
const otherHash = parseHash(`sha256:${'1'.repeat(52)}`);

function isClean({ store }: TestSubstituters): void {
  assert.deepEqual(store.records.all(), []);
  assert.deepEqual(readdirSync(store.physicalStore), []);
  assert.deepEqual(readdirSync(`${store.state}/locks`), []);
  const left = readdirSync(`${store.state}/tmp`).flatMap((name) => readdirSync(`${store.state}/tmp/${name}`));
  assert.deepEqual(left, []);
}

type Handle = (request: IncomingMessage, response: ServerResponse) => boolean | void;

interface Lie {
  made?: MadePath;
  files?: Files;
  handle?: Handle;
  message: RegExp;
  settings?: Record<string, string>;
  stalledAfter?: number;
}

const nar = (changes: Parameters<typeof makePath>[1]): MadePath => makePath('app', changes);
const narRequest = (request: IncomingMessage): boolean => request.url!.startsWith('/nar/');
const climbing = Buffer.from(narOf(directory([['ab', file('')]])));
climbing.write('..', climbing.indexOf('ab\0'), 'latin1');

const lies: Record<string, Lie> = {
  'another archive of the same size': {
    made: { ...nar({}), packed: narOf(sample('abc\n')) },
    message: /hash of its archive is wrong/,
  },
  'another hash of the archive': {
    made: nar({ change: { narHash: otherHash } }),
    message: /hash of its archive is wrong: specified sha256-/,
  },
  'a smaller size of the archive': { made: nar({ change: { narSize: 1000 } }), message: /more than 1000 bytes|begins where/ },
  'a larger size of the archive': { made: nar({ change: { narSize: 2 ** 40 } }), message: /it should have 1099511627776/ },
  'another hash of the file': { made: nar({ change: { fileHash: otherHash } }), message: /hash of its file is wrong/ },
  'a smaller size of the file': { made: nar({ change: { fileSize: 1000 } }), message: /at most 1000 are taken/ },
  'a larger size of the file': { made: nar({ compression: 'gzip', change: { fileSize: 10_000_000 } }), message: /it should have 10000000/ },
  'an archive that is cut': { made: { ...nar({}), packed: nar({}).packed.subarray(0, 300_000) }, message: /bytes early/ },
  'bytes after the archive': {
    made: nar({ pack: (bytes) => Buffer.concat([bytes, Buffer.alloc(8)]) }),
    message: /more than \d+ bytes|bytes follow its end/,
  },
  'an archive with a name that climbs': { made: nar({ nar: climbing }), message: /the entry name "\.\." is not allowed/ },
  'no signature': { made: nar({ unsigned: true }), message: /not signed by any of the keys/ },
  'a signature by another key': { made: nar({ key: generateKey('cache.example.org-1') }), message: /not signed by any of the keys/ },
  'a signature by a key of another name': { made: nar({ key: generateKey('other-1') }), message: /not signed by any of the keys/ },
  'other references than were signed': { made: nar({ lie: { references: [storePath('lib')] } }), message: /not signed by any of the keys/ },
  'the facts of another path': { made: nar({ lie: { storePath: storePath('lib') } }), message: /it describes '\/nix\/store\/.*-lib'/ },
  'a place that climbs': { made: nar({ lie: { url: 'nar/../../secret' } }), message: /the place of its archive, .* is not allowed/ },
  'a place elsewhere': { made: nar({ lie: { url: 'http://127.0.0.1:9/x' } }), message: /the place of its archive, .* is not allowed/ },
  'a place in a file': { made: nar({ lie: { url: 'file:///etc/passwd' } }), message: /the place of its archive, .* is not allowed/ },
  'a compression of no kind': { made: nar({ lie: { compression: '../x' } }), message: /compression '\.\.\/x' is not known/ },
  'a compression that it is not': { made: nar({ change: { compression: 'xz' } }), message: /broken xz data/ },
  'zstd that is none': { made: nar({ change: { compression: 'zstd' } }), message: /broken zstd data/ },
  'brotli that is none': { made: nar({ change: { compression: 'br' } }), message: /broken brotli data/ },
  'lz4 that is none': { made: nar({ change: { compression: 'lz4' } }), message: /broken lz4 data/ },
  'bzip2 that is none': { made: nar({ change: { compression: 'bzip2' } }), message: /broken bzip2 data/ },
  'a content address that does not lead to the path': {
    made: nar({ unsigned: true, change: { ca: `fixed:r:sha256:${'1'.repeat(52)}` } }),
    message: /not signed by any of the keys/,
  },
};

/** Facts changed by hand: the makers refuse to write them. */
for (const [what, change] of Object.entries({
  'a reference that is no store path': (text: string) => text.replace('References: ', 'References: ../../etc/passwd'),
  'a path that is none': (text: string) => text.replace(path, '/nix/store/../../etc/passwd'),
  'text that would write on a terminal': (text: string) => text.replace(/NarSize: .*/, 'NarSize: \x1b[2J'),
  'no end': (text: string) => `${text}Sig: x`,
})) {
  const files = cacheFiles([nar({})]);
  const name = `${path.slice(11, 43)}.narinfo`;
  files.set(name, Buffer.from(change(Buffer.from(files.get(name)!).toString())));
  lies[what] = { files, message: /the NAR info file '.*' is corrupt/ };
}

for (const [what, { made, files, handle, message, settings = {} }] of Object.entries(lies)) {
  test(`refused: ${what}`, async (t) => {
    const server = await serve(t, files ?? cacheFiles([made!]), handle);
    const ours = testSubstituters(t, [server.url], settings);
    if (made && made.info.storePath !== path) {
      // The server has it under the name of the path that is asked for.
      const all = cacheFiles([made]);
      const facts = all.get(`${made.info.storePath.slice(11, 43)}.narinfo`)!;
      const server2 = await serve(t, new Map([...all, [`${path.slice(11, 43)}.narinfo`, facts]]));
      const other = testSubstituters(t, [server2.url], settings);
      await assert.rejects(other.fetch(path), { code: 'caches/no-substitute' });
      assert.match(other.warnings.join('\n'), message);
      return isClean(other);
    }
    await assert.rejects(ours.fetch(path), (error: Error & { code: string }) => {
      assert.equal(error.code, 'caches/no-substitute');
      assert.match([error.message, ...ours.warnings].join('\n'), message);
      assert.ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test([error.message, ...ours.warnings].join('')), 'nothing for the terminal');
      return true;
    });
    isClean(ours);
    assert.deepEqual(ours.store.verify({ contents: true }), []);
  });
}

/** NARs of a file of zeros, that begin as they should. */
const zeros = (size: number): Buffer => narOf(file(new Uint8Array(size)));
const bombs: Record<string, { compression: string; packed: () => Buffer }> = {
  gzip: { compression: 'gzip', packed: () => zlib.gzipSync(zeros(300 << 20)) },
  brotli: {
    compression: 'br',
    packed: () => zlib.brotliCompressSync(zeros(300 << 20), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  },
  xz: { compression: 'xz', packed: () => execFileSync('xz', ['-0', '-c'], { input: zeros(300 << 20), maxBuffer: 1 << 28 }) },
  zstd: { compression: 'zstd', packed: () => execFileSync('zstd', ['-1', '-c'], { input: zeros(300 << 20), maxBuffer: 1 << 28 }) },
};
const tools: Record<string, string> = { xz: '/usr/bin/xz', zstd: '/usr/bin/zstd' };

for (const [what, { compression, packed }] of Object.entries(bombs)) {
  const tool = tools[what];
  test(`a bomb of ${what} ends at the size that was signed`, {
    skip: tool && !existsSync(tool) ? `${tool} is missing` : false,
  }, async (t) => {
    const bytes = packed();
    const { info } = nar({ compression: 'none', change: { compression, narSize: 1 << 20, fileSize: bytes.length } });
    const { fileHash: _, ...rest } = info;
    const server = await serve(t, cacheFiles([{ info: rest as NarInfo, packed: bytes }]));
    const ours = testSubstituters(t, [server.url]);
    const before = process.memoryUsage.rss();
    await assert.rejects(ours.fetch(path), { message: /begins where|more than 1048576 bytes/ });
    assert.ok(process.memoryUsage.rss() - before < 200 << 20, 'memory');
    isClean(ours);
  });
}

test('a file that claims 1 TB is refused before it is written', async (t) => {
  const bytes = Buffer.from(zeros(0));
  bytes.writeBigUInt64LE(2n ** 40n, bytes.indexOf('contents') + 8);
  const server = await serve(t, cacheFiles([nar({ nar: bytes })]));
  const ours = testSubstituters(t, [server.url]);
  await assert.rejects(ours.fetch(path), { message: /a file of 1099511627776 bytes begins where \d+ are left/ });
  isClean(ours);
});

test('a content-addressed path needs no signature, but its contents must be those', async (t) => {
  const bytes = narOf(sample('ca\n'));
  const { info, packed } = makePath('ca', { nar: bytes, unsigned: true });
  const storePathOf = makeFixedOutputPath('ca', 'nar', info.narHash);
  const ca = `fixed:r:sha256:${Buffer.from(info.narHash.bytes).toString('hex')}`;
  const good = { info: { ...info, storePath: storePathOf, ca }, packed };
  const server = await serve(t, cacheFiles([good]));
  const ours = testSubstituters(t, [server.url]);
  await ours.fetch(storePathOf);
  assert.equal(ours.store.queryPathInfo(storePathOf)!.ca, ca);
  // The address is right, but it is that of another archive, whose hashes and sizes are right.
  const evil = makePath('ca', { nar: narOf(sample('evil\n')), unsigned: true });
  const bad = { info: { ...evil.info, storePath: storePathOf, ca }, packed: evil.packed };
  const second = testSubstituters(t, [(await serve(t, cacheFiles([bad]))).url]);
  await assert.rejects(second.fetch(storePathOf), { message: /the hash of its content is wrong/ });
  isClean(second);
});

test('a flat content address: the bytes of a plain file', async (t) => {
  const flat = (name: string, tree: ReturnType<typeof file>, hashed: string) => {
    const { info, packed } = makePath(name, { tree, unsigned: true });
    const hash = parseHash(`sha256:${hashed}`);
    return { info: { ...info, storePath: makeFixedOutputPath(name, 'flat', hash), ca: `fixed:sha256:${hashed}` }, packed };
  };
  const hello = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
  const good = flat('good', file('hello\n'), hello);
  const bad = flat('bad', file('hullo\n'), hello);
  const executable = flat('executable', file('hello\n', 0o755), hello);
  const server = await serve(t, cacheFiles([good, bad, executable]));
  const ours = testSubstituters(t, [server.url]);
  await ours.fetch(good.info.storePath);
  await assert.rejects(ours.fetch(bad.info.storePath), { message: /the hash of its content is wrong/ });
  await assert.rejects(ours.fetch(executable.info.storePath), { message: /that of a plain file, which it is not/ });
  assert.deepEqual(
    ours.store.records.all().map((record) => record.path),
    [good.info.storePath],
  );
});

test('a trusted cache needs no signature, nor does any cache without require-sigs', async (t) => {
  const server = await serve(t, cacheFiles([nar({ unsigned: true })]));
  await testSubstituters(t, [`${server.url}?trusted=1`]).fetch(path);
  await testSubstituters(t, [server.url], { 'require-sigs': 'false' }).fetch(path);
});

test('the next cache is used when one lies', async (t) => {
  const liar = await serve(t, cacheFiles([{ ...nar({}), packed: narOf(sample('abc\n')) }]));
  const honest = await serve(t, cacheFiles([nar({})]));
  const ours = testSubstituters(t, [`${liar.url}?priority=1`, honest.url]);
  await ours.fetch(path);
  assert.equal(liar.count(/nar\//), 1);
  assert.deepEqual(ours.store.verify({ contents: true }), []);
});

test('a link of a byte a second, and one that stands still, end in time', async (t) => {
  const made = nar({});
  for (const between of [300, 100_000]) {
    const server = await serve(t, cacheFiles([made]), (request, response) => {
      if (!narRequest(request)) return false;
      response.writeHead(200, { 'content-length': made.packed.length }).write(made.packed.subarray(0, 1000));
      const timer = setInterval(() => response.write(Buffer.alloc(1)), between);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    const ours = testSubstituters(t, [server.url], { 'stalled-download-timeout': '1' });
    const begun = performance.now();
    await assert.rejects(ours.fetch(path), { code: 'caches/no-substitute', message: /only \d+ bytes came|stood still/ });
    assert.ok(performance.now() - begun < 20_000);
    isClean(ours);
  }
});

test('narinfo that comes a byte a second ends in time', async (t) => {
  const server = await serve(t, cacheFiles([nar({})]), (request, response) => {
    if (!request.url!.endsWith('.narinfo')) return false;
    response.writeHead(200).write('S');
    const timer = setInterval(() => response.write('t'), 300);
    response.on('close', () => clearInterval(timer));
    return true;
  });
  const ours = testSubstituters(t, [server.url], { 'stalled-download-timeout': '1' });
  const begun = performance.now();
  assert.deepEqual(await ours.substituters.find(path, { signal: ours.signal }), []);
  assert.ok(performance.now() - begun < 20_000);
});

test('narinfo without an end is cut at its limit', async (t) => {
  const server = await serve(t, cacheFiles([nar({})]), (request, response) => {
    if (!request.url!.endsWith('.narinfo')) return false;
    response.writeHead(200);
    const more = (): void => {
      while (response.write(Buffer.alloc(65_536, 'A')));
    };
    response.on('drain', more);
    more();
    return true;
  });
  const ours = testSubstituters(t, [server.url]);
  assert.deepEqual(await ours.substituters.find(path, { signal: ours.signal }), []);
  assert.match(ours.warnings.join('\n'), /more than 2097152 bytes/);
});

test('a link that is cut goes on where it was, with or without ranges', async (t) => {
  const made = nar({});
  for (const ranges of [true, false]) {
    let cuts = 0;
    const server = await serve(t, cacheFiles([made]), (request, response) => {
      if (!narRequest(request)) return false;
      const [, given = '0'] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
      const from = ranges ? Number(given) : 0;
      const total = made.packed.length;
      if (from > 0) response.writeHead(206, { 'content-length': total - from, 'content-range': `bytes ${from}-${total - 1}/${total}` });
      else response.writeHead(200, { 'content-length': total });
      const upTo = cuts++ < 2 ? Math.min(total, (ranges ? from : 0) + 200_000 * cuts) : total;
      response.write(made.packed.subarray(from, upTo), () => {
        if (upTo < total) setTimeout(() => request.socket.destroy(), 50);
        else response.end();
      });
      return true;
    });
    const ours = testSubstituters(t, [server.url], { 'download-attempts': '5' });
    await ours.fetch(path);
    assert.equal(server.requests.filter(({ url }) => url.startsWith('/nar/')).length, 3);
    assert.deepEqual(ours.store.verify({ contents: true }), []);
  }
});

test('redirects lead to HTTP alone, and the password stays', async (t) => {
  const made = nar({});
  const target = await serve(t, cacheFiles([made]));
  for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:text/plain,x']) {
    const server = await serve(t, cacheFiles([made]), (request, response) => {
      if (!narRequest(request)) return false;
      response.writeHead(302, { location }).end();
      return true;
    });
    const ours = testSubstituters(t, [server.url]);
    await assert.rejects(ours.fetch(path), { message: /which is no HTTP address/ });
    isClean(ours);
  }
  const server = await serve(t, cacheFiles([made]), (request, response) => {
    if (!narRequest(request)) return false;
    response.writeHead(302, { location: `${target.url}${request.url}` }).end();
    return true;
  });
  const ours = testSubstituters(t, [server.url.replace('//', '//user:secret@')]);
  await ours.fetch(path);
  assert.ok(server.requests.every(({ headers }) => headers.authorization === `Basic ${Buffer.from('user:secret').toString('base64')}`));
  assert.deepEqual(
    target.requests.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test('a password in the address is in no warning, no error and no kept file', async (t) => {
  const ours = testSubstituters(t, ['http://user:hunter2@127.0.0.1:9', 'ftp://user:hunter2@host']);
  await assert.rejects(ours.fetch(path), (error: Error) => !error.message.includes('hunter2'));
  assert.equal(ours.warnings.length, 2);
  assert.ok(!ours.warnings.join('').includes('hunter2'));
  const server = await serve(t, cacheFiles([nar({})]));
  const other = testSubstituters(t, [server.url.replace('//', '//user:hunter2@')]);
  const [found] = await other.substituters.find(path, { signal: other.signal });
  assert.ok(!found!.cache.uri.includes('hunter2'));
  await other.substituters.close();
  for (const name of readdirSync(other.folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.kept')))
    assert.ok(!readFileSync(`${other.folder}/${name}`, 'latin1').includes('hunter2'));
});

test('references that are not valid are an error before anything is fetched', async (t) => {
  const server = await serve(t, cacheFiles([nar({ references: [storePath('lib')] })]));
  const ours = testSubstituters(t, [server.url]);
  await assert.rejects(ours.fetch(path), { code: 'store/invalid-path' });
  assert.equal(server.count(/^\/nar/), 0);
  isClean(ours);
});

test('references without an end', async (t) => {
  let count = 0;
  const server = await serve(t, cacheFiles([]), (request, response) => {
    const hash = request.url!.slice(1, 33);
    if (!request.url!.endsWith('.narinfo')) return false;
    const references = Array.from({ length: 30 }, () => `/nix/store/${String(++count).padStart(32, '0')}-x`).sort();
    const name = hash === path.slice(11, 43) ? 'app' : 'x';
    response.end(printNarInfo({ ...nar({ tree: file('x') }).info, storePath: `/nix/store/${hash}-${name}`, references }));
    return true;
  });
  const ours = testSubstituters(t, [`${server.url}?trusted=1`]);
  const substitutes = new Substitutes(ours.store, ours.substituters, 500);
  await assert.rejects(substitutes.available([path], ours.signal), { code: 'caches/too-many' });
  assert.ok(count < 2000, String(count));
});

test('a cache for another store, and what is no cache, are left out with a warning', async (t) => {
  const other = await serve(t, cacheFiles([nar({})], 'StoreDir: /gnu/store\n'));
  const none = await serve(t, new Map());
  const ours = testSubstituters(t, [other.url, none.url, 'ftp://host/x', 'word']);
  assert.deepEqual(await ours.substituters.find(path, { signal: ours.signal }), []);
  assert.match(ours.warnings.join('\n'), /is for Nix stores with prefix '\/gnu\/store'/);
  assert.match(ours.warnings.join('\n'), /does not appear to be a binary cache/);
  assert.equal(ours.warnings.length, 4);
});

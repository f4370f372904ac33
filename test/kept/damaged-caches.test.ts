/**
 * Real runs write their caches; then every file is damaged, each time at another place, and the same commands must print the same. The
 * tests of each cache flip a bit in every byte.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sweepCache } from '../../src/kept/cache-sweep.ts';
import { CheckedFile, readChecked, writeChecked } from '../../src/kept/checked-file.ts';
import { JsonCache } from '../../src/kept/json-cache.ts';
import { PagedFile, writePaged } from '../../src/kept/paged-file.ts';
import { makeTar } from '../debian/support/deb-maker.ts';
import { serve } from '../debian/support/server.ts';
import { workplace } from '../support/bootflake.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const KIND = { name: 'test', schema: 3 };

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

type Damage = (bytes: Buffer) => Buffer;

function flipAt(part: number): Damage {
  return (bytes) => {
    const copy = Buffer.from(bytes);
    const at = Math.floor(part * (copy.length - 1));
    if (copy.length > 0) copy[at]! ^= 1 << (at % 8);
    return copy;
  };
}

const damages: [string, Damage][] = [
  ...[0, 0.1, 0.5, 0.9].map((part): [string, Damage] => [`a bit at ${part * 100} %`, flipAt(part)]),
  ['the second half is gone', (bytes) => bytes.subarray(0, bytes.length >> 1)],
  ['nothing is left', () => Buffer.alloc(0)],
];

test('commands print the same with damaged caches as without caches', async (t) => {
  // `__overrides` needs the plain evaluator, which caches for longer texts which parts can be parsed later.
  const unused = Array.from({ length: 20 }, (_, i) => `f${i} = a: b: if a == b then [ a b ${i} ] else { inherit a b; c = a + b; };`).join(
    ' ',
  );
  const archive = gzipSync(makeTar([{ path: 'top/x.nix', contents: `rec { y = x + 40; x = 1; __overrides = { x = 2; }; ${unused} }` }]));
  const { url } = await serve(t, new Map([['x.tar.gz', archive]]));
  const place = workplace('damaged');
  t.after(() => place.remove());
  const folder = join(place.folder, 'flake');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  for (let i = 0; i < 30; i++)
    writeFileSync(
      join(folder, 'lib', `${i}.nix`),
      `{ n ? ${i}, ... }: rec { a = n + 1; b = { inherit a; text = "line \${toString a}"; }; }`,
    );
  writeFileSync(
    join(folder, 'flake.nix'),
    `{ outputs = _: rec {
    values = map (i: (import (./lib + "/\${toString i}.nix") { }).b.text) (builtins.genList (i: i) 30);
    packages.x86_64-linux.default = derivation { name = "thing"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ { path = "t"; text = toString values; } ]; };
  }; }`,
  );
  const commands = [
    ['eval', `path:${folder}#values`, '--json'],
    ['build', `path:${folder}#packages.x86_64-linux.default`, '--json', '--no-link'],
    ['eval', '--impure', '--expr', `(import ((fetchTarball "${url}/x.tar.gz") + "/x.nix")).y`],
  ];
  const run = async (): Promise<string[]> => {
    const printed: string[] = [];
    for (const command of commands) {
      const { status, stdout, stderr } = await place.bootflake(command);
      assert.equal(status, 0, stderr);
      printed.push(stdout);
    }
    return printed;
  };
  const expected = await run();
  const cache = join(place.folder, 'home/.cache/bootflake');
  const store = join(place.folder, 'home/.local/share/bootflake');
  const kept = join(place.folder, 'kept');
  cpSync(cache, kept, { recursive: true });
  const names = filesBelow(cache)
    .map((path) => path.slice(cache.length + 1).replace(/[0-9a-f]{32,64}|\d+\.\d+\.\d+/g, '*'))
    .sort();
  assert.deepEqual(
    [...new Set(names)],
    [
      'build-*.code',
      'eval-*.code',
      'eval-worker-*.code',
      'expressions-*/*.pack',
      'fetch/answers/*.kept',
      'results/*.kept',
      'swept',
      'syntax-*.bin',
    ],
    'a new kind of cache belongs into docs/caches.md, and here',
  );
  const records = join(store, 'nix/var/bootflake/valid');
  for (const [what, damage] of damages) {
    rmSync(cache, { recursive: true });
    cpSync(kept, cache, { recursive: true });
    for (const path of filesBelow(cache)) writeFileSync(path, damage(readFileSync(path)));
    // Of the store, the records of its paths; the paths are built again.
    for (const path of filesBelow(records)) writeFileSync(path, damage(readFileSync(path)));
    assert.deepEqual(await run(), expected, what);
  }
  const verified = await place.bootflake(['store', 'verify', '--check-contents']);
  assert.equal(verified.status, 0, verified.stderr);
});

test('a checked file detects any changed byte, and another kind or schema', (t) => {
  const path = join(scratchFolder(t), 'a/file');
  const parts = [Buffer.from('first part'), Buffer.alloc(0), Buffer.from('third')];
  writeChecked(path, KIND, parts);
  const good = readFileSync(path);
  const read = (kind = KIND): (string | undefined)[] | undefined => {
    const file = CheckedFile.open(path, kind);
    const texts = file && parts.map((_, i) => file.part(i)?.toString());
    file?.close();
    return texts;
  };
  const expected = parts.map((part) => part.toString());
  assert.deepEqual(read(), expected);
  assert.equal(read({ ...KIND, schema: 4 }), undefined);
  assert.equal(read({ ...KIND, name: 'tesT' }), undefined);
  assert.equal(readChecked(path, KIND), undefined);
  const dataStart = good.length - 15;
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(path, bad);
    // Only the damaged part is lost.
    const lost = at < dataStart ? undefined : at < dataStart + 10 ? [undefined, '', 'third'] : ['first part', '', undefined];
    assert.deepEqual(read(), lost, `byte ${at}`);
  }
  for (let length = 0; length < good.length; length++) {
    writeFileSync(path, good.subarray(0, length));
    assert.equal(read(), undefined, `${length} bytes`);
  }
  writeFileSync(path, Buffer.concat([good, Buffer.of(0)]));
  assert.equal(read(), undefined);
  assert.equal(CheckedFile.open(join(path, 'below'), KIND), undefined);
});

test('reads checked files of one part and of pages', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'one');
  writeChecked(path, KIND, [Buffer.from('contents')]);
  const good = readFileSync(path);
  assert.equal(readChecked(path, KIND)?.toString(), 'contents');
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(path, bad);
    assert.equal(readChecked(path, KIND), undefined, `byte ${at}`);
  }
  const text = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join(''));
  const paged = join(folder, 'pages');
  writePaged(paged, KIND, text);
  const file = PagedFile.open(paged, KIND)!;
  for (const [position, length] of [
    [0, 10],
    [8190, 4],
    [8192, 8192],
    [10_000, 30_000],
    [text.length - 5, 100],
    [text.length, 10],
  ] as const) {
    assert.deepEqual(file.read(position, length), text.subarray(position, position + length), `${position}`);
  }
  file.close();
});

test('finds facts by their key only, and ignores damaged ones', (t) => {
  const folder = scratchFolder(t);
  const cache = new JsonCache(folder, KIND, 4);
  cache.remember('a', { x: [1, 'é'] });
  assert.deepEqual(cache.find('a'), { x: [1, 'é'] });
  assert.equal(cache.find('b'), undefined);
  const [name] = readdirSync(folder);
  // A file renamed to another key's name does not count for that key.
  cache.remember('b', 2);
  const other = readdirSync(folder).find((found) => found !== name)!;
  cpSync(join(folder, name!), join(folder, other));
  assert.equal(cache.find('b'), undefined);
  for (let i = 0; i < 20; i++) cache.remember(`n${i}`, i);
  assert.ok(readdirSync(folder).length <= 4);
  assert.equal(cache.find('n19'), 19);
});

test('removes unused files once a day', (t) => {
  const folder = scratchFolder(t);
  const now = Date.now() / 1000;
  const put = (name: string, days: number): void => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), name);
    utimesSync(join(folder, name), now - days * 86_400, now - days * 86_400);
  };
  const stay = [
    'syntax-1.0.0.bin',
    'eval-1.0.0.code',
    'eval-worker-0.9.0.code',
    'fetch/incoming-1-1',
    'x.1.1.tmp',
    'downloads/a.part',
    'git/HEAD',
    'debian/trixie.state',
  ];
  for (const name of stay) put(name, name === 'git/HEAD' || name.includes('1.0.0') ? 400 : 0);
  const go = [
    'syntax-0.9.0.bin',
    'eval-0.8.0-rc.1.code',
    'fetch/incoming-2-1',
    'debian/y.1-0-1.tmp',
    'downloads/b.part',
    'results/old.json',
    'fetch/answers/old.json',
    'debian/lock-trixie.json',
  ];
  for (const name of go) put(name, 40);
  put('expressions-0.9.0/x.pack', 40);
  utimesSync(join(folder, 'expressions-0.9.0'), now - 40 * 86_400, now - 40 * 86_400);
  for (let i = 0; i < 10; i++) put(`debian/trixie-amd64-${i}.index`, i);
  for (let i = 0; i < 30; i++) put(`debian/packages/${i}`, i);
  sweepCache(folder, '1.0.0');
  const indexes = Array.from({ length: 8 }, (_, i) => `debian/trixie-amd64-${i}.index`);
  const lists = Array.from({ length: 24 }, (_, i) => `debian/packages/${i}`);
  const left = (): string[] =>
    filesBelow(folder)
      .map((path) => path.slice(folder.length + 1))
      .sort();
  assert.deepEqual(left(), [...stay, ...indexes, ...lists, 'swept'].sort());
  put('syntax-0.9.0.bin', 40);
  sweepCache(folder, '1.0.0');
  assert.ok(left().includes('syntax-0.9.0.bin'));
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { realise } from '../../src/realise/realise.ts';
import { derivationReferences, unparseDerivation, type Derivation } from '../../src/nix-format/derivation.ts';
import { dumpNar, fileTreeSource } from '../../src/nix-format/nar-writer.ts';
import { makeFixedOutputPath } from '../../src/nix-format/store-path.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { directory, file, symlink, type FileNode } from '../../src/tree/file-tree.ts';
import { testStore, writeDerivation } from '../store/support.ts';
import { treeOf } from '../support/tree.ts';

const add = (store: LocalStore, name: string, tree: FileNode, references: string[] = []) =>
  store.addToStore(name, tree, { method: 'nar', references });

async function build(store: LocalStore, builder: string, attrs: Record<string, unknown>, sources: string[] = []): Promise<string> {
  const { drvPath, out } = writeDerivation(store, 'result', `builtin:${builder}`, attrs, { sources });
  await realise(store, [drvPath]);
  return out;
}

test('tree: makes files, links and copies, with their references', async (t) => {
  const store = testStore(t);
  const source = add(store, 'source', treeOf({ 'sub/x': file('x', 0o755) }));
  const script = add(store, 'script', file('echo'));
  const out = await build(
    store,
    'tree',
    {
      entries: [
        { path: 'bin/run', text: `#!/bin/sh\nexec ${script}\n`, mode: '0555' },
        { path: 'größe', text: 'ä' },
        { path: 'share', source },
        { path: 'share/sub/y', text: 'y' },
        { path: 'etc/link', target: '/run/x' },
        { path: 'var/empty', mode: 'directory' },
      ],
    },
    [source, script],
  );
  const place = store.realPath(out);
  assert.equal(lstatSync(`${place}/bin/run`).mode & 0o777, 0o555);
  assert.equal(lstatSync(`${place}/share/sub/x`).mode & 0o777, 0o555);
  assert.equal(readFileSync(`${place}/größe`, 'utf8'), 'ä');
  assert.equal(readlinkSync(`${place}/etc/link`), '/run/x');
  assert.deepEqual(readdirSync(`${place}/share/sub`), ['x', 'y']);
  assert.deepEqual(readdirSync(`${place}/var/empty`), []);
  // A copied file is in the output; a mentioned path is a reference.
  assert.deepEqual(store.queryPathInfo(out)!.references, [script]);
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('tree: the entry with the path "" is the output itself', async (t) => {
  const store = testStore(t);
  const out = await build(store, 'tree', { entries: [{ path: '', text: 'text', mode: '0444' }] });
  assert.equal(readFileSync(store.realPath(out), 'utf8'), 'text');
});

test('tree: a union is a link to the only existing folder, or a folder of links to all of them', async (t) => {
  const store = testStore(t);
  const deb = add(
    store,
    'deb',
    treeOf({
      'usr/bin/a': 'usr',
      'usr/bin/b': 'b',
      'usr/lib/so/x': 'x',
      'bin/a': 'bin',
      'bin/c': 'c',
      'lib/so/y': 'y',
      'etc/conf': 'conf',
    }),
  );
  const union = (...paths: string[]) => paths.map((path) => `${deb}/${path}`);
  const out = await build(
    store,
    'tree',
    {
      entries: [
        { path: 'bin', union: union('usr/bin', 'usr/sbin', 'bin') },
        { path: 'lib', union: union('usr/lib', 'lib') },
        { path: 'etc', union: union('etc') },
        { path: 'share', union: union('usr/share') },
      ],
    },
    [deb],
  );
  const place = store.realPath(out);
  assert.deepEqual(readdirSync(place), ['bin', 'etc', 'lib']);
  assert.equal(readlinkSync(`${place}/etc`), `${deb}/etc`);
  assert.deepEqual(
    readdirSync(`${place}/bin`).map((name) => readlinkSync(`${place}/bin/${name}`)),
    [`${deb}/usr/bin/a`, `${deb}/usr/bin/b`, `${deb}/bin/c`],
  );
  assert.deepEqual(readdirSync(`${place}/lib/so`), ['x', 'y']);
});

test("tree: finds on the machine what a package's folder lacks", async (t) => {
  const store = testStore(t);
  const deb = add(
    store,
    'deb',
    treeOf({
      'usr/bin/python3': symlink('python3.13'),
      'usr/bin/within': symlink('tool'),
      'usr/bin/tool': 'tool',
      'usr/share/x': 'x',
      'usr/lib/libx.so': symlink('../../lib/libx.so.1'),
    }),
  );
  const out = await build(
    store,
    'tree',
    {
      entries: [
        { path: 'bin', union: [`${deb}/usr/bin`], machineLinks: ['/usr/bin/editor', '/usr/sbin/tool'] },
        { path: 'lib', union: [`${deb}/usr/lib`] },
        { path: 'share', union: [`${deb}/usr/share`] },
        { path: 'sbin', union: [`${deb}/usr/sbin`], machineLinks: ['/usr/sbin/only'] },
      ],
    },
    [deb],
  );
  const links = (folder: string) =>
    readdirSync(`${store.realPath(out)}/${folder}`).map((name) => `${name} ${readlinkSync(`${store.realPath(out)}/${folder}/${name}`)}`);
  assert.deepEqual(links('bin'), [
    'editor /usr/bin/editor',
    'python3 /usr/bin/python3',
    `tool ${deb}/usr/bin/tool`,
    `within ${deb}/usr/bin/within`,
  ]);
  assert.deepEqual(links('lib'), ['libx.so /usr/lib/libx.so']);
  assert.deepEqual(links('sbin'), ['only /usr/sbin/only']);
  assert.equal(readlinkSync(`${store.realPath(out)}/share`), `${deb}/usr/share`);
});

test('tree: errors name the wrong entry', async (t) => {
  const store = testStore(t);
  const fails = (entries: unknown, message: RegExp) =>
    assert.rejects(build(store, 'tree', { entries }), (error: Error) => message.test(error.message));
  await fails([{ path: '../x', text: '' }], /"\.\.\/x".*no "\."/);
  await fails(
    [
      { path: 'a', text: '' },
      { path: 'a', text: '' },
    ],
    /two entries/,
  );
  await fails(
    [
      { path: 'a', text: '' },
      { path: 'a/b', text: '' },
    ],
    /'a' above it is a regular/,
  );
  await fails([{ path: 'a' }], /must have one of/);
  await fails('x', /'entries' must be a list/);
});

test('buildenv: links a folder that one package has, merges one that several have', async (t) => {
  const store = testStore(t);
  const deb = add(store, 'deb', treeOf({ 'usr/bin/curl': 'curl' }));
  const curl = add(store, 'curl', treeOf({ bin: symlink(`${deb}/usr/bin`), 'share/doc/c': 'c', 'nix-support': directory() }), [deb]);
  const wget = add(store, 'wget', treeOf({ 'bin/wget': 'wget', 'etc/wgetrc': 'w' }));
  const out = await build(store, 'buildenv', { paths: [curl, wget] }, [curl, wget, deb]);
  const place = store.realPath(out);
  assert.deepEqual(readdirSync(place), ['bin', 'etc', 'share']);
  assert.equal(readlinkSync(`${place}/etc`), `${wget}/etc`);
  assert.equal(readlinkSync(`${place}/bin/curl`), `${curl}/bin/curl`);
  assert.equal(readlinkSync(`${place}/bin/wget`), `${wget}/bin/wget`);
  assert.deepEqual(store.queryPathInfo(out)!.references, [curl, wget].sort());
  const some = await build(store, 'buildenv', { paths: [curl, wget], pathsToLink: ['/share/doc', '/nothing'] }, [curl, wget, deb]);
  assert.deepEqual(readdirSync(store.realPath(some)), ['share']);
  assert.equal(lstatSync(`${store.realPath(some)}/share`).isDirectory(), true);
  assert.equal(readlinkSync(`${store.realPath(some)}/share/doc`), `${curl}/share/doc`);
});

test('buildenv: collisions are errors unless the files are equal, ignored or of different priority', async (t) => {
  const store = testStore(t);
  const one = add(store, 'one', treeOf({ 'bin/x': '1', 'bin/same': '=' }));
  const two = add(store, 'two', treeOf({ 'bin/x': '2', 'bin/same': '=' }));
  await assert.rejects(build(store, 'buildenv', { paths: [one, two] }, [one, two]), {
    code: 'build/collision',
    message: /collision between '.*-two\/bin\/x' and '.*-one\/bin\/x'/,
  });
  const chosen = async (attrs: Record<string, unknown>) =>
    readlinkSync(`${store.realPath(await build(store, 'buildenv', attrs, [one, two]))}/bin/x`);
  assert.equal(await chosen({ paths: [one, two], ignoreCollisions: true }), `${one}/bin/x`);
  assert.equal(
    await chosen({
      paths: [
        { paths: [one], priority: 5 },
        { paths: [two], priority: -10 },
      ],
    }),
    `${two}/bin/x`,
  );
  assert.equal(await chosen({ paths: [{ path: two, priority: 6 }, one] }), `${one}/bin/x`);
  const single = add(store, 'single', file('not a directory'));
  await assert.rejects(build(store, 'buildenv', { paths: [single] }, [single]), { code: 'build/not-a-directory' });
});

test('buildenv: two links collide only if they point to different places of the machine', async (t) => {
  const store = testStore(t);
  const linking = (name: string, target: string) => add(store, name, treeOf({ 'bin/editor': symlink(target) }));
  const [vim, nano, other] = [linking('vim', '/usr/bin/editor'), linking('nano', '/usr/bin/editor'), linking('other', '/usr/bin/other')];
  const out = await build(store, 'buildenv', { paths: [vim, nano] }, [vim, nano]);
  assert.equal(readlinkSync(`${store.realPath(out)}/bin/editor`), `${vim}/bin/editor`);
  await assert.rejects(build(store, 'buildenv', { paths: [vim, other] }, [vim, other]), { code: 'build/collision' });
});

function fetchDerivation(
  store: LocalStore,
  url: string,
  contents: string | Uint8Array,
  env: Record<string, string> = {},
): { drvPath: string; out: string } {
  const hash = createHash('sha256').update(contents).digest();
  const recursive = env.executable === '1' || env.unpack === '1';
  const out = makeFixedOutputPath('file', recursive ? 'nar' : 'flat', { algorithm: 'sha256', bytes: hash });
  const drv: Derivation = {
    name: 'file',
    outputs: new Map([['out', { path: out, hashAlgo: recursive ? 'r:sha256' : 'sha256', hash: hash.toString('hex') }]]),
    inputDrvs: new Map(),
    inputSrcs: [],
    system: 'builtin',
    builder: 'builtin:fetchurl',
    args: [],
    env: new Map(Object.entries({ name: 'file', url, out, ...env })),
  };
  return { drvPath: store.addTextToStore('file.drv', unparseDerivation(drv), derivationReferences(drv)), out };
}

async function serve(t: TestContext, bodies: Record<string, string | Uint8Array>): Promise<string> {
  const server = createServer((request, response) => {
    const body = bodies[request.url!];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
  });
  await new Promise((done) => server.once('listening', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('fetchurl: only bytes with the right hash become the path', async (t) => {
  const store = testStore(t);
  const base = await serve(t, { '/right': 'right', '/wrong': 'tampered' });
  const right = fetchDerivation(store, `${base}/right`, 'right');
  await assert.rejects(realise(store, [right.drvPath], { offline: true }), { code: 'network/offline' });
  await realise(store, [right.drvPath]);
  assert.equal(readFileSync(store.realPath(right.out), 'utf8'), 'right');
  assert.match(store.queryPathInfo(right.out)!.ca!, /^fixed:sha256:[0-9a-z]{52}$/);
  const wrong = fetchDerivation(store, `${base}/wrong`, 'expected');
  await assert.rejects(realise(store, [wrong.drvPath]), { code: 'store/hash-mismatch', message: /specified: sha256-.*\n +got: +sha256-/ });
  assert.equal(existsSync(store.realPath(wrong.out)), false);
  const fallback = fetchDerivation(store, `${base}/none`, 'right', { urls: `${base}/none ${base}/right` });
  await realise(store, [fallback.drvPath]);
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('fetchurl: unpack = true writes the tree of a NAR, compressed or not', async (t) => {
  const store = testStore(t);
  const tree = directory([
    ['bin', directory([['run', file('#! /bin/sh\n', 0o755)]])],
    ['empty', directory()],
    ['link', symlink('bin/run')],
  ]);
  const chunks: Buffer[] = [];
  dumpNar(fileTreeSource, tree, (chunk) => chunks.push(Buffer.from(chunk)));
  const nar = Buffer.concat(chunks);
  const packed: Record<string, Buffer> = {
    '/x.nar': nar,
    '/x.nar.gz': gzipSync(nar),
    '/cut.nar': nar.subarray(0, 300),
    '/file': Buffer.from('x'),
  };
  const xz = spawnSync('xz', ['-c'], { input: nar });
  if (xz.status === 0) packed['/x.nar.xz'] = xz.stdout;
  const base = await serve(t, packed);
  for (const path of Object.keys(packed)) {
    const { drvPath, out } = fetchDerivation(store, base + path, nar, { unpack: '1' });
    if (!path.startsWith('/x.')) {
      await assert.rejects(realise(store, [drvPath]), { code: 'build/bad-archive' });
      continue;
    }
    await realise(store, [drvPath]);
    assert.equal(readFileSync(`${store.realPath(out)}/bin/run`, 'utf8'), '#! /bin/sh\n');
    assert.deepEqual(store.verify({ contents: true }), []);
    store.deletePath(out);
  }
  assert.deepEqual(readdirSync(`${store.state}/tmp`), []);
});

/** builtin:debian-package with good and bad mirrors. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { BuildContext } from '../../src/builders/builder.ts';
import { debianPackage } from '../../src/builders/debian-package.ts';
import { packagePlaces } from '../../src/debian/package-download.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { judge } from '../support/judge.ts';
import { sha256 } from './support/archive-maker.ts';
import { makeDeb, type DebRecipe } from './support/deb-maker.ts';
import { cutAfter, sendFile, serve, type Answer, type TestServer } from './support/server.ts';
import { setEnvironment } from '../support/environment.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { builderContext } from '../support/builder-context.ts';

const filename = 'pool/main/t/thing/thing_1.0-1_amd64.deb';
const files = [
  { path: './usr/bin/thing', mode: 0o4755, contents: '#!/bin/sh\n' },
  { path: './usr/bin/same', type: 'hardlink' as const, link: './usr/bin/thing' },
  { path: './usr/share/thing/link', type: 'symlink' as const, link: '/etc/thing' },
  { path: './etc/thing', contents: 'setting' },
  { path: './usr/share/doc/thing/README' },
];

interface Setup {
  server: TestServer;
  folder: string;
  deb: Buffer;
  context(changes?: Partial<BuildContext> & { attrs?: Record<string, unknown> }): BuildContext;
}

async function setup(
  t: TestContext,
  options: {
    recipe?: Partial<DebRecipe>;
    served?: (deb: Buffer) => Record<string, Buffer>;
    special?: (deb: Buffer) => Record<string, Answer>;
  } = {},
): Promise<Setup> {
  const folder = scratchFolder(t);
  const deb = makeDeb({ name: 'thing', files, ...options.recipe });
  const server = await serve(t, new Map(Object.entries(options.served?.(deb) ?? { [`debian/${filename}`]: deb })), options.special?.(deb));
  setEnvironment(t, {
    BOOTFLAKE_MIRROR: `${server.url}/debian`,
    BOOTFLAKE_SECURITY_MIRROR: `${server.url}/debian-security`,
    BOOTFLAKE_SNAPSHOT: `${server.url}/snapshot`,
    XDG_CACHE_HOME: join(folder, 'cache'),
  });
  const attrs = {
    name: 'thing',
    pname: 'thing',
    version: '1.0-1',
    architecture: 'amd64',
    filename,
    archive: 'debian',
    suite: 'trixie',
    sha256: sha256(deb),
    size: deb.length,
    exclude: ['usr/share/doc/*/*'],
  };
  return {
    server,
    folder,
    deb,
    context: (changes = {}) => ({
      ...builderContext({ folder, attrs }),
      pathInfo: (path) => assert.fail(`asked for ${path}`),
      offline: false,
      ...changes,
      attrs: { ...attrs, ...changes.attrs },
    }),
  };
}

test('unpacks a package canonically, with its facts next to it and the NAR hash that Nix computes', async (t) => {
  const { context, folder } = await setup(t);
  const out = join(folder, 'out');
  const { outputs } = await debianPackage.run(context());
  assert.deepEqual(readdirSync(join(out, 'usr/bin')).sort(), ['same', 'thing']);
  const stat = lstatSync(join(out, 'usr/bin/thing'));
  assert.deepEqual([stat.mode & 0o7777, stat.nlink, stat.mtimeMs], [0o555, 2, 1000]);
  assert.deepEqual(
    [lstatSync(join(out, 'etc/thing')).mode & 0o7777, lstatSync(join(out, 'etc')).mode & 0o7777, lstatSync(join(out, 'etc')).mtimeMs],
    [0o444, 0o555, 1000],
  );
  assert.equal(readlinkSync(join(out, 'usr/share/thing/link')), '/etc/thing');
  assert.ok(!existsSync(join(out, 'usr/share/doc/thing/README')));
  assert.deepEqual(JSON.parse(readFileSync(join(out, 'nix-support/debian.json'), 'utf8')).special, [
    { path: 'usr/bin/thing', type: 'file', mode: '4755', owner: 'root', group: 'root' },
  ]);
  const told = await judge(t, 'nix', ['--extra-experimental-features', 'nix-command', 'hash', 'path', '--base16', out]);
  assert.equal(told.trim(), Buffer.from(outputs.out!.narHash!).toString('hex'));
});

const bad: [string, (deb: Buffer) => Record<string, Buffer>, RegExp | string][] = [
  ['other bytes of the same length', (deb) => ({ [`debian/${filename}`]: Buffer.alloc(deb.length, 'x') }), 'debian/hash-mismatch'],
  [
    'a package that was tampered with',
    (deb) => ({ [`debian/${filename}`]: Buffer.concat([deb.subarray(0, 400), Buffer.from([deb[400]! ^ 1]), deb.subarray(401)]) }),
    'debian/hash-mismatch',
  ],
  ['a package cut short, and no snapshot', (deb) => ({ [`debian/${filename}`]: deb.subarray(0, 300) }), 'debian/package-gone'],
  ['no such package, and no snapshot', () => ({}), 'debian/package-gone'],
];

for (const [what, served, code] of bad) {
  test(`refuses from a mirror: ${what}`, async (t) => {
    const { context, folder } = await setup(t, { served });
    await assert.rejects(debianPackage.run(context()), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, code);
      assert.match(
        error.message,
        code === 'debian/package-gone'
          ? /^thing 1\.0-1 has left the mirror/
          : /thing_1\.0-1_amd64\.deb is not the package.*sha256 is [0-9a-f]{64}, but should be [0-9a-f]{64}/,
      );
      assert.match(error.hint, code === 'debian/package-gone' ? /bootflake flake update nixpkgs/ : /--mirror/);
      return true;
    });
    assert.ok(!existsSync(join(folder, 'out')));
  });
}

const listing = Buffer.from(
  JSON.stringify({
    result: [
      { architecture: 'arm64', hash: 'b'.repeat(40) },
      { architecture: 'amd64', hash: 'a'.repeat(40) },
    ],
  }),
);

test('fetches a package that has left the mirror from the snapshot archive', async (t) => {
  const { context, server } = await setup(t, {
    served: (deb) => ({ 'snapshot/mr/binary/thing/1.0-1/binfiles': listing, [`snapshot/file/${'a'.repeat(40)}`]: deb }),
  });
  await debianPackage.run(context());
  assert.deepEqual(
    server.asked.map(({ path }) => path.split('/').slice(0, 2).join('/')),
    ['debian/pool', 'snapshot/mr', 'snapshot/file'],
  );
});

test('requests wrong bytes again, bypassing caches, and then from the snapshot archive', async (t) => {
  const headers: (string | undefined)[] = [];
  let wrong = 1;
  const answer =
    (deb: Buffer): Answer =>
    (request, response) => {
      headers.push(request.headers['cache-control']);
      sendFile(wrong-- > 0 ? Buffer.alloc(deb.length, 'x') : deb, request, response);
    };
  const special = (deb: Buffer) => ({ [`debian/${filename}`]: answer(deb) });
  const once = await setup(t, { special });
  await debianPackage.run(once.context());
  assert.deepEqual(headers, [undefined, 'no-cache']);
  wrong = 100;
  const always = await setup(t, {
    special,
    served: (deb) => ({ 'snapshot/mr/binary/thing/1.0-1/binfiles': listing, [`snapshot/file/${'a'.repeat(40)}`]: deb }),
  });
  await debianPackage.run(always.context());
  assert.deepEqual(
    always.server.asked.map(({ path }) => path.split('/').slice(0, 2).join('/')),
    ['debian/pool', 'debian/pool', 'snapshot/mr', 'snapshot/file'],
  );
  assert.ok(existsSync(join(always.folder, 'out/usr/bin/thing')));
});

test('switches to the snapshot archive at once when the mirror asks to wait for minutes', async (t) => {
  const special = {
    [`debian/${filename}`]: ((_request, response) => void response.writeHead(503, { 'retry-after': '600' }).end()) as Answer,
  };
  const there = await setup(t, {
    special: () => special,
    served: (deb) => ({ 'snapshot/mr/binary/thing/1.0-1/binfiles': listing, [`snapshot/file/${'a'.repeat(40)}`]: deb }),
  });
  const begun = performance.now();
  await debianPackage.run(there.context());
  assert.ok(performance.now() - begun < 10_000);
  const nowhere = await setup(t, { special: () => special, served: () => ({}) });
  await assert.rejects(debianPackage.run(nowhere.context()), {
    code: 'network/status',
    message: /HTTP 503 and asks for a retry in 600 s\n.*snapshot archive did not provide it/,
  });
});

test("tries the host's other mirrors before the snapshot archive", async (t) => {
  const { context, server, deb } = await setup(t, {
    served: (bytes) => ({ [`near/${filename}`]: Buffer.alloc(bytes.length), [`far/${filename}`]: bytes }),
  });
  const {
    pname,
    version,
    architecture,
    archive,
    size,
    sha256: hash,
  } = context().attrs as unknown as {
    pname: string;
    version: string;
    architecture: string;
    archive: 'debian';
    size: number;
    sha256: string;
  };
  const mirrors = {
    debian: `${server.url}/near`,
    security: '',
    snapshot: `${server.url}/snapshot`,
    origin: { debian: 'apt sources', security: '' },
    others: { debian: [`${server.url}/far`], security: [] },
  };
  const places = packagePlaces(
    { name: pname, version, architecture, archive, filename, sha256: hash, size },
    { mirrors, partsDir: '/nowhere', signal: new AbortController().signal },
  );
  assert.deepEqual(
    places.map(({ afterWrongBytes }) => afterWrongBytes ?? false),
    [false, true, false, false],
  );
  const { bytes, url } = await places[2]!.get();
  assert.deepEqual([Buffer.from(bytes).equals(deb), url], [true, `${server.url}/far/${filename}`]);
});

test('refuses attributes that would leave their place in the URL', async (t) => {
  const { context, server } = await setup(t);
  for (const attrs of [
    { filename: 'pool/../../other/x.deb' },
    { filename: '/pool/x.deb' },
    { filename: 'pool/x.deb?y' },
    { filename: '' },
    { pname: '..' },
    { version: '../x' },
    { version: '.' },
  ]) {
    await assert.rejects(debianPackage.run(context({ attrs })), { code: 'build/bad-attribute' }, JSON.stringify(attrs));
  }
  assert.equal(server.asked.length, 0);
});

test('verifies what the snapshot archive serves, too', async (t) => {
  const { context } = await setup(t, {
    served: (deb) => ({
      'snapshot/mr/binary/thing/1.0-1/binfiles': listing,
      [`snapshot/file/${'a'.repeat(40)}`]: Buffer.alloc(deb.length),
    }),
  });
  await assert.rejects(debianPackage.run(context()), { code: 'debian/hash-mismatch' });
});

test('reports a mirror that is down, and one that cuts the connection', async (t) => {
  const cutting = await setup(t, { special: (deb) => ({ [`debian/${filename}`]: cutAfter(deb, 200) }) });
  await debianPackage.run(cutting.context());
  assert.ok(cutting.server.asked.length > 1);
  const down = await setup(t);
  await down.server.close();
  await assert.rejects(debianPackage.run(down.context()), { code: 'network/unreachable' });
});

const large = {
  files: [{ path: './usr/lib/large', contents: Buffer.alloc(1 << 20, 'incompressible?') }],
  compress: ['', (bytes: Buffer) => bytes] as [string, (bytes: Buffer) => Uint8Array],
};

test('resumes an aborted download in the next run', async (t) => {
  const controller = new AbortController();
  const { context, server, folder, deb } = await setup(t, {
    recipe: large,
    special: (deb) => ({
      [`debian/${filename}`]: (request, response) => {
        if (controller.signal.aborted) return cutAfter(deb, deb.length)(request, response);
        response.writeHead(200, { 'content-length': deb.length, etag: '"one"' }).write(deb.subarray(0, 600_000));
        setTimeout(() => controller.abort(new Error('ctrl-c')), 300);
      },
    }),
  });
  await assert.rejects(debianPackage.run(context({ signal: controller.signal })), /ctrl-c/);
  assert.equal(readdirSync(join(folder, 'cache/bootflake/downloads')).length, 1);
  await debianPackage.run(context());
  const { range } = server.asked.at(-1)!;
  assert.match(range ?? '', /^bytes=[1-9]\d{4,}-$/);
  assert.equal(readdirSync(join(folder, 'cache/bootflake/downloads')).length, 0);
  assert.equal(lstatSync(join(folder, 'out/usr/lib/large')).size, 1 << 20);
  assert.ok(deb.length > 1 << 20);
});

test('discards a wrong part of an earlier run', async (t) => {
  const { context, folder, deb } = await setup(t, { recipe: large });
  await debianPackage.run(context());
  removeTree(join(folder, 'out'));
  const part = join(folder, 'cache/bootflake/downloads');
  mkdirSync(part, { recursive: true });
  writeFileSync(join(part, `${sha256(deb)}.part`), Buffer.alloc(500_000, 'wrong'));
  await debianPackage.run(context());
  assert.equal(lstatSync(join(folder, 'out/usr/lib/large')).size, 1 << 20);
});

test('refuses a member with `..` in a package whose hash is right', async (t) => {
  const { context, folder } = await setup(t, { recipe: { files: [{ path: './usr/bin/ok' }, { path: './../../evil', contents: 'x' }] } });
  await assert.rejects(debianPackage.run(context()), {
    code: 'debian/unsafe-member',
    message: /thing 1\.0-1 contains '\.\/\.\.\/\.\.\/evil'/,
  });
  assert.ok(!existsSync(join(folder, 'out')));
  assert.ok(!existsSync(join(folder, '..', 'evil')));
});

test('passes a system error through the thread unchanged', async (t) => {
  const { context, folder } = await setup(t);
  mkdirSync(join(folder, 'out'));
  await assert.rejects(debianPackage.run(context()), { code: 'EEXIST', syscall: 'mkdir', path: join(folder, 'out') });
});

test('refuses another package under the requested name', async (t) => {
  const { context } = await setup(t, { recipe: { version: '0.9-1' } });
  await assert.rejects(debianPackage.run(context()), {
    code: 'debian/bad-deb',
    message: /contains thing 0\.9-1, but should contain thing 1\.0-1/,
  });
});

test('reports --offline and wrong attributes', async (t) => {
  const { context, server } = await setup(t);
  await assert.rejects(debianPackage.run(context({ offline: true })), { code: 'debian/offline', message: /thing 1\.0-1/ });
  await assert.rejects(debianPackage.run(context({ attrs: { sha256: 'short' } })), { message: /sha256/ });
  await assert.rejects(debianPackage.run(context({ attrs: { archive: 'elsewhere' } })), { message: /archive/ });
  assert.equal(server.asked.length, 0);
});

test('stops writing when it is aborted while unpacking', async (t) => {
  const many = Array.from({ length: 4000 }, (_, i) => ({ path: `./usr/share/many/${i}`, contents: `file ${i}` }));
  const { context, folder } = await setup(t, { recipe: { files: many } });
  const controller = new AbortController();
  const run = debianPackage.run(context({ signal: controller.signal }));
  const out = join(folder, 'out/usr/share/many');
  while (!existsSync(out)) await new Promise((resolve) => setTimeout(resolve, 1));
  controller.abort(new Error('ctrl-c'));
  await assert.rejects(run, /ctrl-c/);
  const count = readdirSync(out).length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(readdirSync(out).length, count);
  removeTree(join(folder, 'out'));
  await debianPackage.run(context());
  assert.equal(readdirSync(out).length, 4000);
});

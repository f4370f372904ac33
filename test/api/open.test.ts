/** Runs the API in this process, from the bundle that programs import; checks in child processes what it must not touch. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type * as Api from '../../src/api/index.ts';
import { workplace } from '../support/bootflake.ts';

const bundle = pathToFileURL(resolve('dist/index.mjs')).href;
const { BootflakeError, open, version } = (await import(bundle)) as typeof Api;
const place = workplace('api');
after(() => place.remove());

const tree = (name: string) =>
  `derivation { name = "${name}"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ { path = "hello"; text = "${name}\\n"; } ]; }`;

function flake(name: string, text: string): string {
  const folder = join(place.folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'flake.nix'), text);
  return folder;
}

const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof BootflakeError, String(error));
  assert.equal(error.code, code);
  return true;
};

const cwd = flake(
  'one',
  `{ outputs = { self }: {
    value = { a = [ 1 2.5 "x" null true ]; };
    packages.x86_64-linux.default = ${tree('one')};
    packages.x86_64-linux.other = ${tree('other')};
  }; }`,
);
const env = place.environment;

test('evaluates to plain values', async () => {
  await using b = await open({ cwd, env });
  assert.equal(await b.evaluate({ expr: '1 + 1' }), 2);
  assert.deepEqual(await b.evaluate({ installable: '.#value' }), { a: [1, 2.5, 'x', null, true] });
  assert.deepEqual(await b.evaluate({ installable: '.#value', apply: 'builtins.attrNames' }), ['a']);
  assert.equal(await b.evaluate({ expr: '{ a.b = 3; }', attribute: 'a.b' }), 3);
  writeFileSync(join(cwd, 'file.nix'), '"from a file"');
  assert.equal(await b.evaluate({ file: './file.nix' }), 'from a file');
  assert.deepEqual(await Promise.all(['1', '2', '3'].map((expr) => b.evaluate({ expr }))), [1, 2, 3]);
  assert.match(version, /^\d+\.\d+\.\d+$/);
});

test('concurrent calls wait for their turn and can be aborted while they wait', async () => {
  await using b = await open({ cwd, env });
  const call = new AbortController();
  const numbers = Array.from({ length: 12 }, (_, i) => i);
  const asked = numbers.map((n) => b.evaluate({ expr: `${n}` }, n === 11 ? { signal: call.signal } : {}));
  call.abort(new Error('not any more'));
  const answers = await Promise.allSettled(asked);
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : String(answer.reason))),
    [...numbers.slice(0, 11), 'Error: not any more'],
  );
});

test('errors have codes', async () => {
  const b = await open({ cwd, env });
  await assert.rejects(b.evaluate({ expr: 'throw "no"' }), withCode('eval/throw'));
  await assert.rejects(
    b.evaluate({ expr: '1 +' }),
    (error: Api.BootflakeError) => withCode(error.code)(error) && error.position?.line === 1,
  );
  await assert.rejects(b.build('.#nothing'), (error: Api.BootflakeError) => withCode(error.code)(error) && error.code.startsWith('flake/'));
  await assert.rejects(b.evaluate({ expr: '1' }, { settings: { 'tarball-ttl': 'soon' } }), withCode('flake/bad-settings'));
  await assert.rejects(b.run({ target: 'missing.qcow2', exec: 'true' }), (error: Api.BootflakeError) => /^vm\//.test(error.code));
  await assert.rejects(b.run({ target: 'missing.qcow2', exec: 'true', memory: 'much' }), withCode('vm/bad-size'));
  await b.close();
  await b.close();
  await assert.rejects(b.evaluate({ expr: '1' }), withCode('api/closed'));
  await assert.rejects(open({ cwd: join(cwd, 'nowhere'), env }), withCode('api/bad-folder'));
  await assert.rejects(open({ cwd, env: { PATH: env.PATH } }), withCode('store/no-home'));
  await assert.rejects(open({ cwd, env, settings: { 'tarball-ttl': 'soon' } }), withCode('flake/bad-settings'));
});

test('arguments of another type, unknown and missing options are refused before any work, never by an exception of the call', async () => {
  const b = (await open({ cwd, env })) as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
  const flake = b.flake as unknown as typeof b;
  const refused: [() => Promise<unknown>, RegExp][] = [
    [() => open('/tmp' as Api.OpenOptions), /^open\(\): the options must be an object, not "\/tmp"$/],
    [() => open({ cdw: cwd } as Api.OpenOptions), /^open\(\): there is no option 'cdw'$/],
    [() => open({ cwd: 5 } as unknown as Api.OpenOptions), /^open\(\): the option 'cwd' must be a string, not 5$/],
    [() => open({ env: { HOME: 5 } } as unknown as Api.OpenOptions), /'env\.HOME' must be a string, not 5/],
    [() => open({ signal: {} } as unknown as Api.OpenOptions), /'signal' must be an AbortSignal, not an object/],
    [() => b.evaluate!(), /^evaluate\(\): exactly one of expr, file and installable must be given, not undefined$/],
    [() => b.evaluate!({ expr: '1', file: 'x' }), /not expr and file$/],
    [() => b.evaluate!({ expr: 5 }), /^evaluate\(\): the option 'expr' must be a string, not 5$/],
    [() => b.evaluate!({ expr: '1', aply: 'x' }), /there is no option 'aply'/],
    [() => b.evaluate!({ expr: '1' }, null), /the options must be an object, not null/],
    [() => b.evaluate!({ expr: '1' }, { cwd: '/tmp' }), /there is no option 'cwd'/],
    [() => b.build!(), /^build\(\): the installable must be a string that is not empty, or an array of these, not undefined$/],
    [() => b.build!(''), /not ""$/],
    [() => b.build!([1]), /not an array$/],
    [() => b.build!('.', { maxJobs: 0 }), /'maxJobs' must be a number of at least 1, not 0/],
    [() => b.build!('.', { outLink: 5 }), /'outLink' must be a string, not 5/],
    [() => b.build!('.', { settings: { 'max-jobs': 3 } }), /'settings\.max-jobs' must be a string, not 3/],
    [() => b.run!(), /the options must be an object, not undefined/],
    [() => b.run!({}), /^run\(\): the option 'exec' is missing$/],
    [() => b.run!({ exec: '' }), /'exec' must be a string that is not empty, not ""/],
    [() => b.run!({ exec: 'true', input: 5 }), /'input' must be a string, bytes, or an async iterable of bytes, not 5/],
    [() => b.run!({ exec: 'true', processors: -1 }), /'processors' must be a number of at least 1, not -1/],
    [() => b.run!({ exec: 'true', timeoutSeconds: Number.NaN }), /'timeoutSeconds' must be .*, not NaN/],
    [() => b.run!({ exec: 'true', firmware: 'coreboot' }), /'firmware' must be 'bios', 'uefi' or 'secure-boot', not "coreboot"/],
    [() => b.run!({ exec: 'true', forwards: '2222:22' }), /'forwards' must be an array of strings, not "2222:22"/],
    [
      () => flake.lock!({ update: 'nixpkgs' }),
      /^flake\.lock\(\): the option 'update' must be true, false or an array of inputs, not "nixpkgs"$/,
    ],
    [() => flake.metadata!('./nope'), /the options must be an object, not "\.\/nope"/],
    [() => flake.metadata!(null), /the options must be an object, not null/],
  ];
  for (const [call, message] of refused)
    await assert.rejects(call(), (error: Api.BootflakeError) => {
      withCode('api/bad-argument')(error);
      assert.match(error.message, message);
      return true;
    });
  await assert.rejects(open({ cdw: cwd } as Api.OpenOptions), { hint: "Did you mean 'cwd'?" });
  await (b as unknown as Api.Bootflake).close();
});

test('opening and closing again and again keeps no file open', async () => {
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  const once = async (): Promise<void> => {
    await using b = await open({ cwd, env });
    await b.plan('.');
  };
  await once();
  const before = openFiles();
  for (let i = 0; i < 5; i++) await once();
  assert.ok(openFiles() <= before, `${openFiles()} files are open, ${before} were`);
});

test('builds, and reports progress as events', async () => {
  const events: Api.BootflakeEvent[] = [];
  await using b = await open({ cwd, env, onProgress: (event) => events.push(event) });
  const planned = await b.plan('.');
  assert.equal(planned.toBuild.length, 1);
  const [one, other] = await b.build(['.', '.#other'], { outLink: 'made' });
  assert.ok(one && other);
  assert.equal(one.drvPath, planned.toBuild[0]);
  assert.equal(readFileSync(join(one.files.out as string, 'hello'), 'utf8'), 'one\n');
  assert.deepEqual([one.links, other.links], [{ out: join(cwd, 'made') }, { out: join(cwd, 'made-1') }]);
  assert.equal(readlinkSync(join(cwd, 'made-1')), other.files.out);
  assert.match(one.outputs.out as string, /^\/nix\/store\/[0-9a-z]{32}-one$/);
  const plan = events.find((event) => event.type === 'plan');
  assert.deepEqual(plan?.toBuild, [one.drvPath, other.drvPath]);
  const states = events.flatMap((event) => (event.type === 'build' ? [`${event.name} ${event.state}`] : []));
  assert.deepEqual(states.sort(), ['one finished', 'one started', 'other finished', 'other started']);
  events.length = 0;
  assert.deepEqual(await b.build('.'), [{ ...one, links: {} }]);
  assert.deepEqual(
    events.filter((event) => event.type === 'build'),
    [],
  );
  const own: Api.BootflakeEvent[] = [];
  await b.evaluate({ expr: 'builtins.warn "w" (builtins.trace "t" 1)' }, { onProgress: (event) => own.push(event) });
  assert.deepEqual(own, [
    { type: 'warning', message: 'w', source: 'evaluation' },
    { type: 'note', message: 'trace: t' },
  ]);
  await assert.rejects(b.build('.', { rebuild: true, signal: AbortSignal.abort(new Error('before')) }), /before/);
  assert.equal((await b.build('.', { rebuild: true }))[0]?.drvPath, one.drvPath);
});

test('locks flakes and returns their metadata', async () => {
  flake('dependency', '{ outputs = _: { number = 7; }; }');
  const folder = flake(
    'locked',
    `{ description = "d"; inputs.dep.url = "path:${join(place.folder, 'dependency')}"; outputs = { self, dep }: { inherit (dep) number; checks.x86_64-linux.c = ${tree('check')}; }; }`,
  );
  await using b = await open({ cwd: folder, env });
  await b.flake.lock();
  const lock = readFileSync(join(folder, 'flake.lock'), 'utf8');
  assert.ok((JSON.parse(lock) as { nodes: Record<string, unknown> }).nodes.dep);
  assert.equal(await b.evaluate({ installable: '.#number' }), 7);
  writeFileSync(join(place.folder, 'dependency', 'flake.nix'), '{ outputs = _: { number = 8; }; }');
  await b.flake.lock();
  assert.equal(readFileSync(join(folder, 'flake.lock'), 'utf8'), lock);
  await b.flake.lock({ update: ['dep'] });
  assert.notEqual(readFileSync(join(folder, 'flake.lock'), 'utf8'), lock);
  assert.equal(await b.evaluate({ installable: '.#number' }), 8);
  const { description, locks, path } = await b.flake.metadata();
  assert.equal(description, 'd');
  assert.ok('dep' in (locks.nodes as object));
  assert.match(path, /^\/nix\/store\//);
  assert.deepEqual(Object.keys((await b.flake.show()) as object).sort(), ['checks', 'number']);
  await b.flake.check();
  const replacement = flake('replacement', '{ outputs = _: { number = 9; }; }');
  assert.equal(await b.evaluate({ installable: '.#number' }, { overrideInputs: { dep: `path:${replacement}` } }), 9);
  await assert.rejects(b.flake.lock({ update: ['none'] }), (error: Api.BootflakeError) => /^flake\//.test(error.code));
});

test('an aborted call rejects with the reason of its signal', { timeout: 60_000 }, async () => {
  const endless = "let f = n: if n < 0 then n else f (n + 1); in builtins.foldl' (a: b: a + f 1) 0 [ 1 ]";
  const all = new AbortController();
  const b = await open({ cwd, env, signal: all.signal });
  const reason = new Error('enough');
  const call = new AbortController();
  const asked = b.evaluate({ expr: endless }, { signal: call.signal });
  setTimeout(() => call.abort(reason), 300);
  await assert.rejects(asked, (error) => error === reason);
  assert.equal(await b.evaluate({ expr: '2' }), 2, 'others go on');
  const closedMeanwhile = assert.rejects(b.evaluate({ expr: endless }), withCode('api/closed'));
  setTimeout(() => void b.close(), 300);
  await closedMeanwhile;
  await b.close();
  const c = await open({ cwd, env, signal: all.signal });
  const outer = assert.rejects(c.evaluate({ expr: endless }), (error) => error === reason);
  setTimeout(() => all.abort(reason), 300);
  await outer;
  await assert.rejects(c.evaluate({ expr: '1' }), (error) => error === reason);
  await c.close();
  await assert.rejects(open({ cwd, env, signal: all.signal }), (error) => error === reason);
});

test('an aborted call does not wait for a git, and leaves no lock', { timeout: 60_000 }, async () => {
  const bin = join(place.folder, 'bin-of-git');
  const [waiting, caches] = [join(bin, 'waiting'), join(place.folder, 'caches-of-git')];
  mkdirSync(bin);
  // It waits for a server that does not respond. Opening a pipe that has no writer blocks forever.
  execFileSync('mkfifo', [join(bin, 'pipe')]);
  const git = `#!/bin/sh\ncase "$*" in *' init '*) PATH='${env.PATH}' exec git "$@";; esac\n: > '${waiting}'\n: < '${join(bin, 'pipe')}'\n`;
  writeFileSync(join(bin, 'git'), git, { mode: 0o755 });
  await using b = await open({ cwd, env: { ...env, PATH: bin, XDG_CACHE_HOME: caches } });
  const [call, reason] = [new AbortController(), new Error('enough')];
  const expr = 'builtins.fetchGit { url = "https://127.0.0.1:1/x"; ref = "main"; }';
  const asked = assert.rejects(b.evaluate({ expr }, { impure: true, signal: call.signal }), (error) => error === reason);
  while (!existsSync(waiting)) await sleep(20);
  assert.equal(locksBelow(caches).length, 1);
  const begun = performance.now();
  call.abort(reason);
  await asked;
  assert.ok(performance.now() - begun < 10_000);
  assert.deepEqual(locksBelow(caches), []);
});

const locksBelow = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lock'));

test('a machine gets exactly the environment that was passed', async () => {
  const bin = join(place.folder, 'bin');
  const told = join(place.folder, 'environment-of-qemu');
  mkdirSync(bin);
  writeFileSync(join(bin, 'qemu-system-x86_64'), `#!/bin/sh\n/usr/bin/env > '${told}'\nexit 1\n`, { mode: 0o755 });
  const disk = Buffer.alloc(1 << 20);
  // A partition table with one Linux partition.
  disk.set([0x80, 0, 0, 0, 0x83, 0, 0, 0, 1, 0, 0, 0, 1], 446);
  disk.set([0x55, 0xaa], 510);
  writeFileSync(join(cwd, 'disk.img'), disk);
  process.env.BOOTFLAKE_TEST_OF_PROCESS = '1';
  try {
    await using b = await open({ cwd, env: { ...env, PATH: bin, GIVEN: 'yes' } });
    const asked = b.run({ target: 'disk.img', exec: 'true', user: 'root', accelerator: 'tcg', processors: 1 });
    await assert.rejects(asked, (error: Api.BootflakeError) => /^vm\//.test(error.code));
  } finally {
    delete process.env.BOOTFLAKE_TEST_OF_PROCESS;
  }
  const variables = readFileSync(told, 'utf8').split('\n');
  assert.ok(variables.includes('GIVEN=yes'));
  assert.ok(!variables.some((line) => line.startsWith('BOOTFLAKE_TEST_OF_PROCESS=')));
});

/** Two sessions at once; then the process has nothing left to do, and exits. */
const program = (folder: string) => `
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { open } from ${JSON.stringify(bundle)};

// V8 refuses code that was cached under other flags. It compares only the length of the source, and does not compile a source again that
// it has seen.
const text = (digit) => '(function () { return ' + digit + '; })';
const cachedData = new Script(text(1)).createCachedData();
let digit = 1;
const sameFlags = () => !new Script(text(++digit), { cachedData }).cachedDataRejected;

const before = { env: { ...process.env }, cwd: process.cwd(), listeners: process.eventNames().sort().map(String) };
const of = (name) => open({
  cwd: ${JSON.stringify(folder)} + '/' + name,
  env: {
    PATH: process.env.PATH, HOME: ${JSON.stringify(folder)} + '/home-' + name, WHO: name,
    XDG_DATA_HOME: ${JSON.stringify(folder)} + '/data-' + name, XDG_CACHE_HOME: ${JSON.stringify(folder)} + '/cache-' + name,
    XDG_STATE_HOME: ${JSON.stringify(folder)} + '/state-' + name,
    NIX_CONFIG: name === 'a' ? 'extra-experimental-features = pipe-operators' : 'abort-on-warn = true',
  },
  settings: name === 'a' ? { 'max-call-depth': '100' } : {},
});
const ask = async (b) => {
  const code = (error) => error.code;
  return {
    who: await b.evaluate({ expr: 'builtins.getEnv "WHO"' }, { impure: true }),
    value: await b.evaluate({ installable: '.#value' }),
    pipe: await b.evaluate({ expr: '1 |> (x: x)' }).catch(code),
    deep: await b.evaluate({ expr: 'let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 300' }).catch(code),
    warned: await b.evaluate({ expr: 'builtins.warn "w" 1' }).catch(code),
    file: (await b.build('.', { outLink: 'result' }))[0].files.out,
  };
};
const both = await Promise.all([of('a'), of('b')]);
const [a, b] = await Promise.all(both.map(ask));
await both[0].close();
const still = await both[1].evaluate({ expr: '3' });
await both[1].close();
const untouched = sameFlags();
setFlagsFromString('--no-allocation-site-pretenuring');
const after = { env: { ...process.env }, cwd: process.cwd(), listeners: process.eventNames().sort().map(String) };
process.stdout.write(JSON.stringify({ a, b, still, before, after, untouched, noticed: !sameFlags(), exitCode: process.exitCode }));
`;

test('two sessions in a process are independent, leave the process unchanged and let it exit', async () => {
  const folder = join(place.folder, 'two');
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(
      join(folder, name, 'flake.nix'),
      `{ outputs = _: { value = "of ${name}"; packages.x86_64-linux.default = ${tree(`tree-${name}`)}; }; }`,
    );
  }
  writeFileSync(join(folder, 'main.mjs'), program(folder));
  const { status, stdout, stderr, seconds } = await place.run(process.execPath, [join(folder, 'main.mjs')], { cwd: folder });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  assert.ok(seconds < 60);
  const { a, b, still, before, after: later, untouched, noticed, exitCode } = JSON.parse(stdout) as Record<string, any>;
  assert.equal(still, 3);
  assert.deepEqual([a.who, b.who], ['a', 'b']);
  assert.deepEqual([a.value, b.value], ['of a', 'of b']);
  assert.deepEqual([a.pipe, b.pipe], [1, 'eval/disabled-feature']);
  assert.deepEqual([a.deep, b.deep], ['eval/stack-overflow', 300]);
  assert.deepEqual([a.warned, b.warned], [1, 'eval/abort-on-warn']);
  for (const [name, { file }] of Object.entries({ a, b })) {
    assert.ok(file.startsWith(`${folder}/data-${name}/bootflake/nix/store/`), file);
    assert.equal(readFileSync(join(file, 'hello'), 'utf8'), `tree-${name}\n`);
    assert.equal(readlinkSync(join(folder, name, 'result')), file);
    assert.ok(existsSync(join(folder, `cache-${name}`, 'bootflake')));
    const other = name === 'a' ? b : a;
    assert.ok(!existsSync(other.file.replace(/\/data-[ab]\//, `/data-${name}/`)), 'nothing of the other in its store');
  }
  assert.deepEqual(later.env, before.env);
  assert.equal(later.cwd, before.cwd);
  assert.deepEqual(
    later.listeners.filter((event: string) => event !== 'exit'),
    before.listeners.filter((event: string) => event !== 'exit'),
  );
  assert.equal(exitCode, undefined);
  assert.deepEqual([untouched, noticed], [true, true], "V8's flags");
  // The process's own home is a third one, which has the folders of neither.
  for (const name of ['.cache', '.local', '.config']) assert.ok(!existsSync(join(folder, 'home-a', name)), name);
});

test('without options uses the environment of the process', async () => {
  const home = join(place.folder, 'home');
  const text = `import { open } from ${JSON.stringify(bundle)};
    const b = await open();
    console.log(await b.evaluate({ installable: '.#value.a', apply: 'builtins.length' }));
    await b.close();`;
  writeFileSync(join(place.folder, 'default.mjs'), text);
  const { status, stdout, stderr } = await place.run(process.execPath, [join(place.folder, 'default.mjs')], { cwd });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '5\n', stderr: '' });
  assert.ok(existsSync(join(home, '.local', 'share', 'bootflake')));
});

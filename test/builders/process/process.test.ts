import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BootflakeError } from '../../../src/base/errors.ts';
import { processTest } from './support.ts';

const left = (root: string): string[] => readdirSync(join(root, 'nix/var/bootflake/tmp'));

test('a failed builder: its status, the end of its log, and where the rest is', async (t) => {
  const { build, store, evaluate } = await processTest(t);
  const failing = `sh "failing" "for i in $(seq 40); do echo line $i; done; printf 'no end'; exit 3" { }`;
  await assert.rejects(build(failing), (error: BootflakeError) => {
    assert.equal(error.code, 'build/failed');
    assert.match(error.message, /^builder '\/bin\/sh' failed with exit code 3$/);
    assert.match(error.hint!, /bootflake log \/nix\/store\/.*-failing\.drv/);
    const logged = error.trace.map(({ message }) => message);
    assert.equal(logged.length, 26);
    assert.deepEqual(logged.slice(-3), ['log: line 40', 'log: no end', `while building '${evaluate(`{ one = ${failing}; }`).one}'`]);
    return true;
  });
  const { one } = evaluate(`{ one = ${failing}; }`);
  const log = readFileSync(`${store.root}/nix/var/log/nix/drvs/${one!.slice(11, 13)}/${one!.slice(13)}`, 'utf8');
  assert.match(log, /^line 1\n[^]*line 40\nno end\n$/);
  assert.deepEqual(left(store.root), []);
  await assert.rejects(build(failing, { settings: { 'log-lines': '2' } }), (error: BootflakeError) => error.trace.length === 3);
  await assert.rejects(build('sh "crash" "kill -SEGV $$; sh -c \'kill -9 \\$\\$\'; exit $?" { }'), {
    message: /exit code 137 \(SIGKILL\)/,
  });
  await assert.rejects(build('derivation { name = "none"; system = "x86_64-linux"; builder = "/no/such"; }'), (error: BootflakeError) =>
    error.trace.some(({ message }) => /No such file/.test(message)),
  );
});

test('a log of any length takes little memory and is whole on the disk', async (t) => {
  const { build, store, evaluate } = await processTest(t);
  const expression = `sh "noisy" "yes 'a line of a log that is rather long' | head -n 200000; echo > $out" { }`;
  await build(expression);
  const { one } = evaluate(`{ one = ${expression}; }`);
  const log = readFileSync(`${store.root}/nix/var/log/nix/drvs/${one!.slice(11, 13)}/${one!.slice(13)}`, 'utf8');
  assert.equal(log.length, 200_000 * 36);
});

test('lines of a log: overwritten, structured, long, and without an end', async (t) => {
  const { build, lines } = await processTest(t);
  await build(`sh "lines" ''
    printf '10%%\\r100%%\\n'; printf 'dos\\r\\n'
    echo '@nix {"action":"setPhase","phase":"buildPhase"}'; echo '@nix {"action":"msg","level":0,"msg":"a message"}'; echo '@nix no json'
    printf '\\377 bytes\\n'; head -c 100000 /dev/zero | tr '\\0' x; echo; echo > $out
  '' { }`);
  assert.deepEqual(lines.slice(0, 5), ['100%', 'dos', 'a message', '@nix no json', '\ufffd bytes']);
  assert.deepEqual(
    lines.slice(5).map((line) => line.length),
    [65536, 100000 - 65536],
  );
});

test('limits of time, silence and log', async (t) => {
  const { build, store } = await processTest(t);
  const slow = 'sh "slow" "echo begun; sleep 60; echo > $out" { }';
  const talking = 'sh "talking" "while true; do echo x; sleep 0.1; done" { }';
  await assert.rejects(build(slow, { settings: { timeout: '1' } }), {
    code: 'build/timeout',
    message: /slow\.drv' timed out after 1 seconds/,
  });
  await assert.rejects(build(slow, { settings: { 'max-silent-time': '1' } }), {
    code: 'build/silent',
    message: /after 1 seconds of silence/,
  });
  await assert.rejects(build(talking, { settings: { 'max-silent-time': '1', timeout: '2' } }), { code: 'build/timeout' });
  await assert.rejects(build('sh "log" "yes" { }', { settings: { 'max-build-log-size': '10000' } }), {
    code: 'build/log-too-long',
    message: /killed after writing more than 10000 bytes of log output/,
  });
  assert.equal(
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^sleep 60$/.test(line.trim())).length,
    0,
  );
  assert.deepEqual(left(store.root), []);
});

test('an abort ends the builder and leaves nothing', async (t) => {
  const { build, store, lines } = await processTest(t);
  const controller = new AbortController();
  const mark = `74${process.pid}`;
  const built = build(`sh "endless" "echo begun; sleep ${mark}" { }`, {
    signal: controller.signal,
    onLog: (_drv, line) => {
      lines.push(line);
      controller.abort();
    },
  });
  await assert.rejects(built, { name: 'AbortError' });
  assert.deepEqual(lines, ['begun']);
  assert.equal(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`sleep ${mark}`), false);
  assert.deepEqual(left(store.root), []);
});

test('an abort ends the hashing of an output, however large', async (t) => {
  const { build, store } = await processTest(t);
  const controller = new AbortController();
  const begun = performance.now();
  // 1 TB that takes no disk, and 15 minutes to read.
  const building = build('sh "sparse" "truncate -s 1000000000000 $out; echo made" { }', {
    signal: controller.signal,
    onLog: () => setTimeout(() => controller.abort(new Error('enough')), 1000),
  });
  await assert.rejects(building, { message: 'enough' });
  assert.ok(performance.now() - begun < 30_000);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
});

test('keep-failed leaves the folder of the build', async (t) => {
  const { build, store, lines } = await processTest(t);
  const expression = 'sh "kept" "echo here > found; mkdir sub; exit 1" { }';
  for (const number of [0, 1]) {
    await assert.rejects(build(expression, { settings: { 'keep-failed': 'true' } }), { code: 'build/failed' });
    const folder = join(store.root, `nix/var/nix/builds/nix-build-kept-${number}`);
    assert.equal(readFileSync(join(folder, 'found'), 'utf8'), 'here\n');
    assert.ok(lines.includes(`note: keeping build directory '${folder}'`));
  }
  assert.deepEqual(left(store.root), []);
});

test('what this machine cannot build is refused before anything is built', async (t) => {
  const { build } = await processTest(t);
  await assert.rejects(build('sh "arm" "echo > $out" { system = "riscv64-linux"; }'), {
    code: 'build/wrong-system',
    message: /required system 'riscv64-linux', current system 'x86_64-linux'/,
  });
  await build('sh "arm" "echo > $out" { system = "riscv64-linux"; }', { settings: { 'extra-platforms': 'riscv64-linux' } });
  const features = 'sh "features" "echo > $out" { requiredSystemFeatures = [ "big-parallel" "quantum" ]; }';
  await assert.rejects(build(features), { code: 'build/missing-features', message: /required \{big-parallel, quantum\}/ });
  await build(features, { settings: { 'system-features': 'quantum big-parallel' } });
  await assert.rejects(build('sh "host" "echo > $out" { __impureHostDeps = [ "/etc/passwd" ]; }'), { code: 'build/impure-host-path' });
  await assert.rejects(build('sh "open" "echo > $out" { __noChroot = true; }'), {
    code: 'build/sandbox-required',
    message: /has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'/,
  });
});

test('sandbox = relaxed and false show the files of the host, read-only', async (t) => {
  const { build, folder } = await processTest(t);
  writeFileSync(join(folder, 'of-the-host'), 'seen');
  const script =
    'cat /etc/hostname /etc/passwd > /dev/null && ls /usr/bin > /dev/null && echo seen > $out; (echo x > /usr/x) 2>/dev/null && exit 1; exit 0';
  const open = (name: string, attrs: string): string => `sh "${name}" "${script}" ${attrs}`;
  const { out } = await build(open('open', '{ __noChroot = true; }'), { settings: { sandbox: 'relaxed' } });
  assert.equal(readFileSync(out!, 'utf8'), 'seen\n');
  await build(open('off', '{ }'), { settings: { sandbox: 'false' } });
  await assert.rejects(build(open('closed', '{ }'), { settings: { sandbox: 'relaxed' } }), { code: 'build/missing-output' });
});

test('sandbox-paths: other files of the host, optional ones, and none', async (t) => {
  const { build, folder } = await processTest(t);
  mkdirSync(join(folder, 'cache'), { mode: 0o777 });
  chmodSync(join(folder, 'cache'), 0o777);
  writeFileSync(join(folder, 'cache/x'), 'from the host\n');
  const paths = `/cache=${folder}/cache /some/where/x=${folder}/cache/x /missing=/no/such/file?`;
  const { out } = await build('sh "paths" "cat /cache/x /some/where/x > $out; echo written > /cache/y; test ! -e /missing" { }', {
    settings: { 'sandbox-paths': `/bin/sh=busybox ${paths}` },
  });
  assert.equal(readFileSync(out!, 'utf8'), 'from the host\nfrom the host\n');
  assert.equal(readFileSync(join(folder, 'cache/y'), 'utf8'), 'written\n');
  await assert.rejects(build('sh "bare" "echo > $out" { }', { settings: { 'sandbox-paths': '' } }), { code: 'build/failed' });
  const bare =
    'derivation { name = "bare"; system = "x86_64-linux"; builder = "${bb}/bin/sh"; args = [ "-c" "test ! -e /bin/sh && echo ok > $out" ]; }';
  await build(bare, { settings: { 'sandbox-paths': '' } });
  const own = await build('sh "own-shell" "echo mine > $out" { }');
  await build('sh "store-path" "cat /own > $out" { }', {
    settings: { 'sandbox-paths': `/bin/sh=busybox /own=/nix/store/${own.out!.split('/').at(-1)}` },
  });
});

test('outputs that the derivation forbids', async (t) => {
  const { build } = await processTest(t);
  const app = '(let lib = sh "lib" "echo > $out" { }; in sh "app" "echo $lib > $out" { inherit lib; })';
  const refused = (name: string, script: string, attrs: string, message: RegExp) =>
    assert.rejects(build(`let app = ${app}; in sh "${name}" "${script}" ${attrs}`), { code: 'build/forbidden-reference', message });
  await refused(
    'a',
    'echo $app > $out',
    '{ inherit app; allowedReferences = [ ]; }',
    /not allowed to refer to the following paths:\n {2}\/nix\/store\/\S+-app$/,
  );
  await refused('b', 'echo $app > $out', '{ inherit app; disallowedReferences = [ app ]; }', /-app$/);
  await refused('c', 'echo $app > $out', '{ inherit app; disallowedRequisites = [ app.lib ]; }', /-lib$/);
  await refused('d', 'echo $app > $out', '{ inherit app; allowedRequisites = [ app ]; }', /-lib$/);
  await refused('e', 'echo $out > $out', '{ allowedReferences = [ ]; }', /-e$/);
  await build('sh "f" "echo $out > $out" { allowedReferences = [ "out" ]; allowedRequisites = [ ]; }');
  await assert.rejects(build('sh "g" "echo > $out" { allowedReferences = [ "dev" ]; }'), {
    code: 'build/no-output',
    message: /Valid outputs are \[out\]/,
  });
  const structured = (name: string, given: string): string =>
    `let app = ${app}; in sh "${name}" ''
      PATH=\${bb}/bin; json=$(cat $NIX_ATTRS_JSON_FILE)
      out=''\${json#*'"outputs":{"out":"'}; out=''\${out%%'"'*}; echo \${app} > $out
    '' { __structuredAttrs = true; outputChecks.out = ${given}; }`;
  await assert.rejects(build(structured('h', '{ allowedReferences = [ ]; }')), { code: 'build/forbidden-reference' });
  await assert.rejects(build(structured('i', '{ maxSize = 100; }')), {
    code: 'build/output-too-large',
    message: /is too large at 1\d\d bytes; limit is 100 bytes/,
  });
  await assert.rejects(build(structured('j', '{ maxClosureSize = 300; }')), { code: 'build/output-too-large', message: /closure of path/ });
  await build(structured('k', '{ maxSize = 1000; maxClosureSize = 100000; allowedRequisites = [ app app.lib "out" ]; }'));
});

test('fixed outputs: a wrong hash, references, an executable file', async (t) => {
  const { build, store, evaluate } = await processTest(t);
  const fixed = (script: string, more = ''): string =>
    `sh "fixed" "${script}" { outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" "abc"; ${more} }`;
  await assert.rejects(build(fixed('printf abd > $out')), {
    code: 'store/hash-mismatch',
    message:
      /^hash mismatch in fixed-output derivation '\/nix\/store\/.*-fixed\.drv':\n {2}specified: sha256-ungWv48Bz\+pBQUDeXa4iI7ADYaOWF3qctBD\/YfIAFa0=\n {5}got: {4}sha256-\S+=$/,
  });
  await assert.rejects(build(fixed('printf abc > $out; chmod +x $out')), {
    code: 'build/not-a-file',
    message: /non-executable regular file/,
  });
  await assert.rejects(build(fixed('mkdir $out')), { code: 'build/not-a-file' });
  const { out } = await build(fixed('printf abc > $out'));
  assert.equal(readFileSync(out!, 'utf8'), 'abc');
  const { one } = evaluate(`{ one = ${fixed('printf abc > $out')}; }`);
  assert.ok(store.isValidPath(one!));
});

test('variables of the user reach a fixed output that names them, and no other', async (t) => {
  const { build, lines } = await processTest(t);
  const network = { netrcFiles: [], env: { PATH: process.env.PATH, http_proxy: 'http://proxy', OTHER: 'x' } };
  const attrs = 'impureEnvVars = [ "http_proxy" "unset" ]; OTHER_ = "";';
  await build(
    `sh "fixed" "echo [$http_proxy] [$OTHER] [$\{unset-not set}]; printf abc > $out" { outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" "abc"; ${attrs} }`.replace(
      '$\\{',
      '${',
    ),
    { network },
  ).catch(() => undefined);
  await build(
    `sh "fixed2" "echo [$http_proxy] [$OTHER]; printf abc > $out" { outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" "abc"; ${attrs} }`,
    { network },
  );
  assert.ok(lines.includes('[http://proxy] []'), lines.join('\n'));
  await build(`sh "input-addressed" "echo [$http_proxy] > $out" { ${attrs} }`, { network });
});

test('content-addressed, impure and dynamic derivations are refused by name', async (t) => {
  const { checkHostFits } = await import('../../../src/builders/process/host-fit.ts');
  const { readBuildSettings } = await import('../../../src/settings/build-settings.ts');
  const settings = readBuildSettings(new Map());
  const drv = (output: { path: string; hashAlgo: string; hash: string }) => ({
    name: 'x',
    outputs: new Map([['out', output]]),
    inputDrvs: new Map(),
    inputSrcs: [],
    system: 'x86_64-linux',
    builder: '/bin/sh',
    args: [],
    env: new Map(),
  });
  const refused = (output: { path: string; hashAlgo: string; hash: string }, message: RegExp): void =>
    assert.throws(() => checkHostFits('/nix/store/x.drv', drv(output), settings), { code: 'build/unsupported-derivation', message });
  refused({ path: '', hashAlgo: 'r:sha256', hash: '' }, /content-addressed \(`__contentAddressed`\)/);
  refused({ path: '', hashAlgo: 'r:sha256', hash: 'impure' }, /impure/);
  refused({ path: '', hashAlgo: 'text:sha256', hash: '' }, /dynamic/);
  refused({ path: '/nix/store/x', hashAlgo: 'git:sha1', hash: '00' }, /Git tree/);
  void t;
});

test('a second build is compared with the first', async (t) => {
  const { build } = await processTest(t);
  const dice = 'sh "dice" "head -c 8 /dev/urandom > $out" { }';
  await build(dice);
  await assert.rejects(build(dice, { rebuild: true }), { code: 'store/not-deterministic' });
  const sure = 'sh "sure" "echo > $out" { }';
  await build(sure);
  await build(sure, { rebuild: true });
});

test('the sandbox ends with the process that made it, even if that is killed', async (t) => {
  const { folder, store, evaluate } = await processTest(t);
  const mark = `75${process.pid}`;
  const { one } = evaluate(`{ one = sh "orphan" "trap : TERM; echo begun; setsid sleep ${mark} & sleep ${mark}; sleep ${mark}" { }; }`);
  const running = (): number =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`sleep ${mark}`)).length;
  for (const delay of [0, 5, 20, 60, undefined]) {
    const script = join(folder, `child-${delay}.mts`);
    writeFileSync(
      script,
      `import { realise } from '${process.cwd()}/src/realise/realise.ts';
       import { LocalStore } from '${process.cwd()}/src/store/local-store.ts';
       const store = LocalStore.open({ root: '${store.root}' });
       console.log('starting');
       await realise(store, ['${one}'], { onLog: (_, line) => console.log(line) });`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((done) => child.on('close', done));
    await new Promise<void>((go) =>
      child.stdout.on('data', (text: Buffer) => {
        if (delay !== undefined && text.includes('starting')) setTimeout(go, delay);
        if (text.includes('begun')) go();
      }),
    );
    child.kill('SIGKILL');
    await ended;
    for (let wait = 0; wait < 50 && running() > 0; wait++) await new Promise((done) => setTimeout(done, 100));
    assert.equal(running(), 0);
    assert.equal(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(store.root), false);
  }
  store.removeAbandoned();
  assert.deepEqual(left(store.root), []);
  assert.ok(existsSync(store.root));
});

test("debianTree becomes /usr, with the links of a merged /usr and what /etc lacks; it must be an input's own folders", async (t) => {
  const { build } = await processTest(t);
  const tree = (more: string): string =>
    `(sh "tree" "mkdir -p $out/etc $out/usr/bin; cp \${bb}/bin/busybox $out/usr/bin/busybox; ln -s busybox $out/usr/bin/sh; ${more}" { })`;
  const over = (debianTree: string): string =>
    `derivation {
      name = "over"; system = "x86_64-linux"; builder = "/usr/bin/sh"; debianTree = ${debianTree};
      args = [ "-c" "PATH=/bin; for i in /bin /lib /etc/own /etc/passwd; do busybox readlink $i || echo none; done > $out; busybox cat /etc/own >> $out; busybox touch /usr/x || echo read-only >> $out" ];
    }`;
  const { out } = await build(over(tree('echo mine > $out/etc/own; echo no > $out/etc/passwd')));
  assert.match(readFileSync(out!, 'utf8'), /^usr\/bin\nusr\/lib\n\/nix\/store\/\S+-tree\/etc\/own\nnone\nmine\nread-only\n$/);
  await assert.rejects(build(over(tree('rm -r $out/usr; ln -s / $out/usr'))), {
    code: 'build/bad-attribute',
    message: /whose 'usr' is a symlink/,
  });
  await assert.rejects(build(over(tree('rm -r $out/etc; ln -s /etc $out/etc'))), {
    code: 'build/bad-attribute',
    message: /whose 'etc' is a symlink/,
  });
  for (const path of ['"/"', '"/etc"', `"\${bb}/../../.."`]) await assert.rejects(build(over(path)), { code: 'build/not-an-input' });
});

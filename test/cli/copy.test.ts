/** The commands that give paths to others, as a user runs them; real nix takes what they give. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workplace, type Outcome, type Workplace } from '../support/bootflake.ts';
import { nix, nixAsync, withNix } from '../support/nix-oracle.ts';

/** `x` refers to `y` and to itself. */
const EXPRESSION = `rec {
  tree = name: text: derivation {
    inherit name; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ { path = "file"; inherit text; } ];
  };
  y = tree "y" "text of y";
  x = tree "x" "refers to \${y}";
}`;

async function built(t: TestContext): Promise<{ place: Workplace; x: string; y: string; run(...args: string[]): Promise<Outcome> }> {
  const place = workplace('copy');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  const run = (...args: string[]) => place.bootflake(args, { environment: { NIX_CONFIG: 'substituters =' } });
  const paths = await run('build', '--file', '.', 'x', 'y', '--json');
  assert.equal(paths.status, 0, paths.stderr);
  const [x, y] = (JSON.parse(paths.stdout) as { outputs: { out: string } }[]).map(({ outputs }) => outputs.out);
  return { place, x: x!, y: y!, run };
}

async function keyIn(place: Workplace): Promise<string> {
  const { stdout } = await place.bootflake(['key', 'generate-secret', '--key-name', 'test-1']);
  writeFileSync(join(place.folder, 'key'), stdout);
  return nix(['key', 'convert-secret-to-public'], { input: stdout }).toString();
}

test('copy, its lines and its errors', async (t) => {
  const { place, x, y, run } = await built(t);
  const to = `file://${place.folder}/cache`;
  const first = await run('copy', '--to', to, '--file', '.', 'x');
  assert.deepEqual(
    first.stderr.split('\n').filter((line) => line.startsWith('copying')),
    ['copying 2 paths...', `copying path '${y}' to '${to}'...`, `copying path '${x}' to '${to}'...`],
  );
  assert.equal(first.status, 0);
  assert.equal((await run('copy', '--to', to, './result')).stderr.trim(), 'copying 0 paths...');
  const json = await run('copy', '--to', `${to}-2`, x, '--log-format', 'internal-json');
  assert.match(json.stderr, new RegExp(`"fields":\\["${y}","local","${to}-2"\\],"id":2,"level":3,.*"type":100`));
  for (const [args, code] of [
    [['copy', x], 'cli/missing-option'],
    [['copy', '--all', '--to', to, x], 'cli/exclusive-options'],
    [['copy', '--to', `${to}?compression=lzma`, x], 'caches/no-compressor'],
    [['copy', '--to', `${to}?compresion=br`, x], 'caches/bad-parameter'],
    [['copy', '--to', `${to}?index-debug-info=true`, x], 'caches/bad-parameter'],
    [['copy', '--to', `${to}?secret-key=/nonexistent`, x], 'store/no-key-file'],
    [['copy', '--to', 'ftp://host/', x], 'caches/bad-uri'],
    [['copy', '--to', to, `/nix/store/${'1'.repeat(32)}-none`], 'caches/invalid-path'],
    [['copy', '--from', to, `/nix/store/${'1'.repeat(32)}-none`], 'caches/invalid-path'],
    [['copy', '--to', to, '--out-link', 'link', x], 'caches/no-links'],
    [['copy', '--from', `${to}-none`, x], 'caches/not-a-cache'],
  ] as const) {
    const { status, stderr } = await run(...args);
    assert.equal(status, 1, args.join(' '));
    assert.ok(stderr.includes(`[${code}]`), `${args.join(' ')}: ${stderr}`);
  }
  // Another user has nothing of it.
  const environment = { HOME: join(place.folder, 'other'), NIX_CONFIG: 'substituters =' };
  const unsigned = await place.bootflake(['copy', '--from', to, x], { environment });
  assert.match(unsigned.stderr, new RegExp(`cannot add path '${y}' because it lacks a signature by a trusted key|'${x}' because it lacks`));
  const taken = await place.bootflake(['copy', '--from', to, '--all', '--no-check-sigs'], { environment });
  assert.equal(taken.status, 0, taken.stderr);
  assert.match((await place.bootflake(['store', 'verify', '--check-contents'], { environment })).stderr, /2 paths checked, 0 problems/);
  const linked = await place.bootflake(['copy', '--from', to, '--out-link', 'theirs', x], { environment });
  assert.equal(linked.status, 0, linked.stderr);
  assert.ok(existsSync(join(place.folder, 'theirs/file')));
});

test('what copy and store sign give, nix takes; what nix gives, copy takes', withNix, async (t) => {
  const { place, x, y, run } = await built(t);
  const key = await keyIn(place);
  const config = `trusted-public-keys = ${key}`;
  const cache = `file://${place.folder}/signed-on-the-way`;
  await run('copy', '--to', `${cache}?secret-key=${place.folder}/key&write-nar-listing=true&compression=br&compression-level=3`, x);
  nix(['copy', '--from', cache, '--to', `local?root=${place.folder}/nix-1`, x], { config });
  const listing = readdirSync(join(place.folder, 'signed-on-the-way')).find((name) => name === `${x.slice(11, 43)}.ls`);
  assert.match(readFileSync(join(place.folder, 'signed-on-the-way', listing!), 'utf8'), /^\{"root":\{"entries":\{"file":\{"narOffset":/);

  assert.equal((await run('path-info', '--sigs', x)).stdout.split('\t').at(-1), 'ultimate\n');
  assert.match((await run('store', 'sign', '-k', 'key', '-r', x)).stderr, /added 2 signatures/);
  assert.match((await run('store', 'sign', '--key-file', 'key', '--all')).stderr, /added [0-9]+ signatures/);
  assert.match((await run('store', 'sign', '--key-file', 'key', x, y)).stderr, /added 0 signatures/);
  assert.match((await run('path-info', '--sigs', x)).stdout, /\tultimate test-1:[A-Za-z0-9+/]{86}==\n$/);
  const { stdout } = await run('path-info', '--json', x);
  const [info] = Object.values(JSON.parse(stdout) as Record<string, { signatures: string[]; ultimate: boolean; file: string }>);
  assert.ok(info!.file.endsWith(x) && existsSync(info!.file), info!.file);
  assert.equal(info!.signatures.length, 1);
  assert.equal(info!.ultimate, true);

  await run('copy', '--to', `file://${place.folder}/signed-before`, x);
  nix(['copy', '--from', `file://${place.folder}/signed-before`, '--to', `local?root=${place.folder}/nix-2`, x], { config });
  nix(['store', 'verify', '--store', `local?root=${place.folder}/nix-2`, '-r', x], { config });

  const at = ['--store', `local?root=${place.folder}/nix-2`];
  nix(['copy', ...at, '--to', `file://${place.folder}/theirs`, x]);
  const environment = { HOME: join(place.folder, 'other'), NIX_CONFIG: `substituters =\n${config}` };
  const { status, stderr } = await place.bootflake(['copy', '--from', `file://${place.folder}/theirs`, x], { environment });
  assert.equal(status, 0, stderr);
  const there = await place.bootflake(['path-info', '-r', '--json', x], { environment });
  assert.deepEqual(Object.keys(JSON.parse(there.stdout) as object), [x, y].sort());
});

test('nix substitutes from store serve, and a signal ends it', withNix, async (t) => {
  const { place, x, y } = await built(t);
  const key = await keyIn(place);
  const environment = { ...place.environment, NIX_CONFIG: 'substituters =' };
  const args = [resolve('dist/bootflake.js'), 'store', 'serve', '--port', '0', '--key-file', join(place.folder, 'key')];
  const server = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  const ended = once(server, 'exit');
  const [line] = (await once(server.stderr.setEncoding('utf8'), 'data')) as [string];
  const url = /serving the store at (http:\S+)/.exec(line)![1]!;
  const port = new URL(url).port;
  assert.match((await place.bootflake(['store', 'serve', '--port', port])).stderr, /\[caches\/cannot-listen\]/);
  assert.match((await place.bootflake(['store', 'serve', '--port', '70000'])).stderr, /\[cli\/bad-number\]/);
  const config = `substituters = ${url}\ntrusted-public-keys = ${key}`;
  const at = ['--store', `local?root=${place.folder}/nix`];
  assert.match(await nixAsync(['build', ...at, '--no-link', '--print-out-paths', x], config), new RegExp(x));
  await nixAsync(['store', 'verify', ...at, '-r', x], config);
  assert.equal(await nixAsync(['store', 'cat', '--store', url, `${y}/file`], config), 'text of y');
  server.kill('SIGTERM');
  assert.deepEqual(await ended, [130, null]);
});

test('build fetches a store path that is named, beside what it builds', async (t) => {
  const { place, x, y, run } = await built(t);
  const cache = `file://${place.folder}/cache`;
  await run('copy', '--to', `${cache}?compression=br`, x);
  const environment = { HOME: join(place.folder, 'other'), NIX_CONFIG: `substituters = ${cache}\nrequire-sigs = false` };
  const there = (...args: string[]) => place.bootflake(args, { environment });
  const planned = await there('build', x, '--dry-run');
  assert.match(planned.stderr, new RegExp(`these 2 paths will be fetched \\(.*\\):\n {2}${[x, y].sort().join('\n {2}')}`));
  const fetched = await there('build', x, '--out-link', 'fetched', '--print-out-paths');
  assert.equal(fetched.status, 0, fetched.stderr);
  assert.equal(readFileSync(`${fetched.stdout.trim()}/file`, 'utf8'), `refers to ${y}`);
  assert.equal(readFileSync(join(place.folder, 'fetched/file'), 'utf8'), `refers to ${y}`);
  // A link into the store names its target.
  assert.deepEqual(JSON.parse((await there('build', './fetched', y, '--no-link', '--json')).stdout), [x, y]);
  for (const [args, code] of [
    [['build', `/nix/store/${'1'.repeat(32)}-none`], 'store/no-substitute'],
    [['build', `/nix/store/${'1'.repeat(32)}-none`, '--dry-run'], 'store/no-substitute'],
    [['build', x, '--rebuild'], 'build/nothing-to-rebuild'],
    [['build', '/nix/store/none'], 'store/not-in-store'],
  ] as const)
    assert.ok((await there(...args)).stderr.includes(`[${code}]`), args.join(' '));
});

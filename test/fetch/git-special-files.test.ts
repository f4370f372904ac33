/** Pipes and devices in place of files, where reading would never end: each is refused by name and quickly. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { thorough } from '../support/thorough.ts';
import { type Workspace, newWorkspace } from '../flake/workspace.ts';

const program = 'dist/bootflake.js';
const flake = '{ outputs = { self }: { y = 1; }; }\n';
/** In ms; a process that hangs longer is killed, which fails its test. */
const soon = 60_000;

function pipe(path: string): void {
  rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  execFileSync('mkfifo', [path]);
}

/** In a process of its own, because a hang would block the test. */
function evaluate(space: Workspace, args: string[], input?: string): { status: number | null; stdout: string; stderr: string } {
  const env = {
    ...process.env,
    XDG_DATA_HOME: space.path('data'),
    XDG_CACHE_HOME: space.path('cache'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  return spawnSync(process.execPath, [program, 'eval', ...args], {
    env,
    encoding: 'utf8',
    timeout: soon,
    killSignal: 'SIGKILL',
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    input,
  });
}

function repository(space: Workspace): void {
  space.write({ 'g/flake.nix': flake, 'g/d/a': 'a' });
  space.repository('g');
}

const places = [
  '.git/index',
  '.git/packed-refs',
  '.git/shallow',
  '.git/objects/info/alternates',
  '.git/objects/info/commit-graph',
  '.git/objects/pack/multi-pack-index',
  '.git/objects/00/0123456789',
  '.git/info/exclude',
  '.git/info/sparse-checkout',
  '.git/info/attributes',
  '.git/refs/heads/x',
  '.git/refs/heads/deep/er/x',
  '.git/HEAD',
  '.git/config',
];

for (const place of places.filter((_, i) => thorough || i % 3 === 0)) {
  test(`refuses a pipe at ${place}`, (t) => {
    const space = newWorkspace(t);
    repository(space);
    pipe(space.path(`g/${place}`));
    const { status, stderr } = evaluate(space, [`${space.path('g')}#y`]);
    assert.equal(status, 1, stderr);
    if (place === '.git/HEAD') assert.match(stderr, /HEAD/);
    else
      assert.ok(
        stderr.includes(`'${space.path(`g/${place}`)}' in the Git repository '${space.path('g')}' is a named pipe`) &&
          stderr.includes('[git/special-file]'),
        stderr,
      );
  });
}

test('refuses a link to a device, a pipe among references with cyclic links, and a pipe in an alternate object store', (t) => {
  const space = newWorkspace(t);
  repository(space);
  const refused = (place: string, what: string): void => {
    const { status, stderr } = evaluate(space, [`${space.path('g')}#y`]);
    assert.equal(status, 1, stderr);
    assert.ok(stderr.includes(`${space.path(place)}' in the Git repository`) && stderr.includes(what), stderr);
  };
  renameSync(space.path('g/.git/index'), space.path('index'));
  symlinkSync('/dev/zero', space.path('g/.git/index'));
  refused('g/.git/index', 'is a symbolic link to a character device');
  rmSync(space.path('g/.git/index'));
  renameSync(space.path('index'), space.path('g/.git/index'));

  space.write({ 'borrowed/info/x': '' });
  pipe(space.path('borrowed/pack/p'));
  writeFileSync(space.path('g/.git/objects/info/alternates'), `# a remark\n${space.path('borrowed')}\n`);
  refused('borrowed/pack/p', 'is a named pipe');
  rmSync(space.path('borrowed/pack/p'));
  mkdirSync(space.path('g/.git/refs/heads/circle'));
  symlinkSync('..', space.path('g/.git/refs/heads/circle/back'));
  symlinkSync('..', space.path('g/.git/refs/heads/circle/again'));
  pipe(space.path('g/.git/refs/heads/circle/z'));
  refused('g/.git/refs/heads/circle/z', 'is a named pipe');
});

test('reads an empty device as an empty file', (t) => {
  const space = newWorkspace(t);
  repository(space);
  rmSync(space.path('g/.git/info/exclude'), { force: true });
  mkdirSync(space.path('g/.git/info'), { recursive: true });
  symlinkSync('/dev/null', space.path('g/.git/info/exclude'));
  assert.equal(evaluate(space, [`${space.path('g')}#y`]).stdout, '1\n');
});

for (const [place, query] of [
  ['.gitattributes', ''],
  ['d/.gitattributes', ''],
  ['.gitattributes', '?exportIgnore=1'],
  ['.gitignore', ''],
  ['.gitmodules', '?submodules=1'],
] as const) {
  test(`a pipe at ${place} in the tree${query && ` (${query})`} does not cause a hang`, (t) => {
    const space = newWorkspace(t);
    repository(space);
    if (place.endsWith('.gitattributes')) {
      space.write({ 'g/.gitattributes': '', 'g/d/.gitattributes': '' });
      space.git('g', 'add', '.');
    }
    // A file whose contents git must read, for which it reads the attributes.
    writeFileSync(space.path('g/d/a'), 'b');
    pipe(space.path(`g/${place}`));
    const { status, stdout, stderr } = evaluate(space, [`git+file://${space.path('g')}${query}#y`]);
    assert.ok(
      status === 0 ? stdout === '1\n' : status === 1 && stderr.includes(`'${space.path(`g/${place}`)}' in the Git repository`),
      `${status} ${stderr}`,
    );
  });
}

test('expressions do not read pipes or endless devices', (t) => {
  const space = newWorkspace(t);
  pipe(space.path('p'));
  symlinkSync(space.path('p'), space.path('link'));
  const cases: [string, RegExp][] = [
    [`builtins.readFile "${space.path('p')}"`, /p' cannot be read: it is a named pipe, not a regular file/],
    [`builtins.readFile "${space.path('link')}"`, /it is a named pipe/],
    [`import ${space.path('p')}`, /it is a named pipe/],
    [`builtins.hashFile "sha256" ${space.path('p')}`, /named pipe/],
    ['builtins.readFile "/dev/zero"', /it is a character device/],
    [`builtins.path { path = "${space.path('p')}"; recursive = false; }`, /pipe/],
    [`"\${${space.path('p')}}"`, /pipe/],
    [`fetchTarball "file://${space.path('p')}"`, /tarball '.*p' is a named pipe, not a regular file/],
    [`builtins.fetchurl "file://${space.path('p')}"`, /file '.*p' is a named pipe/],
    ['fetchTarball "file:///dev/zero"', /is a character device/],
    [`builtins.fetchTree { type = "file"; url = "file://${space.path('p')}"; }`, /is a named pipe/],
  ];
  for (const [expression, message] of cases) {
    const { status, stderr } = evaluate(space, ['--impure', '--expr', expression]);
    assert.equal(status, 1, `${expression}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.equal(evaluate(space, ['--impure', '--expr', `builtins.readFileType "${space.path('p')}"`]).stdout, '"unknown"\n');
  assert.equal(evaluate(space, ['--impure', '--expr', 'builtins.readFile "/dev/null"']).stdout, '""\n');
});

test('reads a pipe that the user names', (t) => {
  const space = newWorkspace(t);
  assert.equal(evaluate(space, ['--file', '-'], '1 + 1').stdout, '2\n');
  const env = { ...process.env, XDG_DATA_HOME: space.path('data'), XDG_CACHE_HOME: space.path('cache') };
  for (const script of ['echo 1 + 1 | "$0" "$1" eval --file /dev/stdin', '"$0" "$1" eval --file <(echo 1 + 1)']) {
    const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, program], {
      env,
      encoding: 'utf8',
      timeout: soon,
      killSignal: 'SIGKILL',
    });
    assert.equal(stdout, '2\n', stderr);
  }
});

test('a signal ends a run together with its hanging git; the next run removes leftovers of a killed one', async (t) => {
  const space = newWorkspace(t);
  repository(space);
  mkdirSync(space.path('tmp'));
  mkdirSync(space.path('bin'));
  // Replaces git by one that hangs.
  writeFileSync(space.path('bin/git'), '#!/bin/sh\necho $$ > "$STARTED"\nread x < "$HANGS"\n', { mode: 0o755 });
  pipe(space.path('hangs'));
  const env = {
    ...process.env,
    PATH: `${space.path('bin')}:${process.env.PATH}`,
    STARTED: space.path('started'),
    HANGS: space.path('hangs'),
    TMPDIR: space.path('tmp'),
    XDG_DATA_HOME: space.path('data'),
    XDG_CACHE_HOME: space.path('cache'),
  };
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    rmSync(space.path('started'), { force: true });
    const running = spawn(process.execPath, [program, 'eval', `git+file://${space.path('g')}?submodules=1#y`], { env, stdio: 'ignore' });
    const ended = once(running, 'exit');
    for (let tries = 0; tries < 300 && !existsSync(space.path('started')); tries += 1) await setTimeout(100);
    await setTimeout(300);
    const git = Number(readFileSync(space.path('started'), 'utf8'));
    running.kill(signal);
    const begun = performance.now();
    await ended;
    assert.ok(performance.now() - begun < 10_000);
    if (signal === 'SIGTERM') assert.throws(() => process.kill(git, 0), { code: 'ESRCH' });
    else process.kill(git, 'SIGKILL');
  }
  assert.notDeepEqual(
    readdirSync(space.path('tmp')).filter((name) => name.startsWith('bootflake-git-')),
    [],
  );
  const { status, stderr } = spawnSync(process.execPath, [program, 'eval', `${space.path('g')}#y`], {
    env: { ...env, PATH: process.env.PATH },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    readdirSync(space.path('tmp')).filter((name) => name.startsWith('bootflake-git-')),
    [],
  );
});

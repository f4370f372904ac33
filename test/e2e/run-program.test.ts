/** `run` of programs and `shell`: in a root in which the store is /nix/store, on this terminal. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { scriptMissing, Terminal } from '../support/terminal.ts';

const place = workplace('run-program');
after(() => place.remove());
const environment = { NIX_CONFIG: 'substituters =' };

/** A package whose program is this script. `more`: commands of its builder; `attributes`: Nix attributes for them. */
const tool = (name: string, script: string, { more = '', attributes = '' } = {}): string => `(derivation {
  name = "${name}";
  system = "x86_64-linux";
  builder = "/bin/sh";
  script = ''#!/bin/sh\n${script}'';
  ${attributes}
  args = [ "-c" "mkdir -p $out/bin $out/nix-support; printf '%s' \\"$script\\" > $out/bin/tool; chmod +x $out/bin/tool; ${more}" ];
})`;

mkdirSync(join(place.folder, 'f'));
writeFileSync(
  join(place.folder, 'f/flake.nix'),
  `{
  inputs.debian.url = "debian/trixie";
  outputs = { self, debian }:
    let
      pkgs = debian.legacyPackages.x86_64-linux;
      show = ${tool('tool-2.0-x', 'printf "<%s>" "$@"; echo; pwd; echo "$0"; cat; exit 7')};
    in
    {
      packages.x86_64-linux.default = show;
      packages.x86_64-linux.named = show // { meta.mainProgram = "tool"; pname = "wrong"; };
      packages.x86_64-linux.pname = show // { pname = "tool"; };
      packages.x86_64-linux.other = ${tool('other', 'echo other')};
      packages.x86_64-linux.wait = ${tool('tool', "trap 'echo caught; exit 3' INT; trap 'echo ended; exit 4' TERM; echo ready; while :; do read -r x; done")};
      packages.x86_64-linux.propagating = ${tool('more', 'echo more', { more: 'echo $other > $out/nix-support/propagated-user-env-packages', attributes: 'other = self.packages.x86_64-linux.other;' })};
      apps.x86_64-linux = {
        app = { type = "app"; program = "\${show}/bin/tool"; };
        host = { type = "app"; program = "/bin/sh"; };
        typo = { type = "ap"; program = "\${show}/bin/tool"; };
        set = { type = "app"; program = show; };
        jq = { type = "app"; program = "\${pkgs.hello}/bin/hello"; };
      };
      lib.x = 1;
    };
}
`,
);
const flake = `path:${place.folder}/f`;
const bootflake = (...args: string[]) => place.bootflake(args, { environment });

/** Runs with this standard input. */
function withInput(input: string, args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [resolve('dist/bootflake.js'), ...args], {
    cwd: place.folder,
    env: { ...place.environment, ...environment },
  });
  const outcome = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      outcome[name] += text;
    });
  child.stdin.end(input);
  return new Promise((done) => child.on('close', (status) => done({ status, ...outcome })));
}

test('a package runs with its arguments, input, folder and exit status; its program is found as nix does', async () => {
  const ran = await withInput('the input', ['run', flake, '--', 'a', 'b c', '--exec']);
  assert.equal(ran.status, 7, ran.stderr);
  const [first, cwd, program, input] = ran.stdout.split('\n');
  assert.equal(first, '<a><b c><--exec>');
  assert.equal(cwd, place.folder);
  assert.match(program!, /^\/nix\/store\/[0-9a-z]{32}-tool-2\.0-x\/bin\/tool$/);
  assert.equal(input, 'the input');
  for (const name of ['named', 'pname', 'app']) {
    const other = await withInput('', ['run', `${flake}#${name}`]);
    assert.equal(other.status, 7, other.stderr);
    assert.equal(other.stdout.split('\n')[2], program);
  }
});

for (const [name, message] of [
  ['host', /app program '\/bin\/sh' is not in the Nix store/],
  ['typo', /attribute 'apps\.x86_64-linux\.typo' has unsupported type 'ap'/],
  ['set', /'apps\.x86_64-linux\.set\.program' is not a string but a set/],
  ['lib', /is not a derivation but a set/],
] as const)
  test(`refuses ${name}`, async () => {
    const ran = await bootflake('run', `${flake}#${name}`);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, message);
  });

test('options of machines are refused for a program', async () => {
  const ran = await bootflake('run', flake, '--exec', 'x', '--memory', '1G');
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /--memory is for images, and '.*' is a program[\s\S]*\[program\/not-an-image\]/);
});

test('a program of Debian has its own /usr, and the rest is of this host', async () => {
  const ran = await bootflake('run', `${flake}#jq`, '--', '--greeting=hi');
  assert.equal(ran.stdout, 'hi\n', ran.stderr);
  assert.equal(ran.status, 0);
  const script =
    'hello; . /etc/os-release; echo $VERSION_CODENAME; id -un; echo "$HOME"; readlink /bin; test -w /nix/store || echo read-only';
  const shown = await bootflake('shell', 'debian/trixie#hello', `${flake}#other`, '-c', 'sh', '-c', `${script}; tool; exit 9`);
  assert.equal(shown.status, 9, shown.stderr);
  const user = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.split(':')[2] === String(process.getuid!()))!;
  assert.deepEqual(shown.stdout.split('\n').slice(0, 5), [
    'Hello, world!',
    'trixie',
    user.split(':')[0],
    place.environment.HOME,
    'usr/bin',
  ]);
  assert.match(shown.stdout, /other\n$/);
  const joined = await bootflake(
    'shell',
    'debian/trixie#hello',
    'debian/trixie#libjq1',
    '-c',
    'sh',
    '-c',
    'hello; ls /usr/lib/*/libjq.so.1',
  );
  assert.match(joined.stdout, /^Hello, world!\n.*libjq\.so\.1\n$/, joined.stderr);
});

test('shell adds packages and what they propagate to PATH, in order, and changes the environment by its options', async () => {
  const ran = await bootflake(
    'shell',
    `${flake}#propagating`,
    `${flake}#default`,
    '-i',
    '-k',
    'HOME',
    '-s',
    'A',
    'b c',
    '-c',
    '/bin/sh',
    '-c',
    'export; tool',
  );
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(
    ran.stdout,
    /^export A='b c'\nexport HOME='.*'\nexport PATH='\/nix\/store\/\S+-more\/bin:\/nix\/store\/\S+-tool-2\.0-x\/bin:\/nix\/store\/\S+-other\/bin'\nexport PWD='.*'\nmore\n$/,
  );
  for (const [args, message] of [
    [['-k', 'HOME', '-c', 'true'], /--keep-env-var does not make sense without --ignore-env/],
    [['-i', '-u', 'HOME', '-c', 'true'], /--unset-env-var does not make sense with --ignore-env/],
    [['-s', 'A', '1', '-u', 'A', '-c', 'true'], /Cannot unset environment variable 'A' that is set with '--set-env-var'/],
    [['-c'], /--command requires at least one argument/],
    [['--', 'true'], /A command follows -c/],
  ] as const) {
    const refused = await bootflake('shell', flake, ...args);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, message);
  }
});

test('a signal reaches the program, and its status is the one of the command', async () => {
  const child = spawn(process.execPath, [resolve('dist/bootflake.js'), 'run', `${flake}#wait`], {
    cwd: place.folder,
    env: { ...place.environment, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (text.includes('ready')) child.kill('SIGTERM');
  });
  // Standard input is empty: the program goes on until the signal.
  assert.equal(await new Promise((done) => child.on('close', done)), 4);
  assert.equal(shown, 'ready\nended\n');
});

test('on a terminal, ctrl-c is the business of the program', { skip: scriptMissing }, async () => {
  const terminal = new Terminal([process.execPath, resolve('dist/bootflake.js'), 'run', `${flake}#wait`], {
    cwd: place.folder,
    environment: { ...place.environment, ...environment },
  });
  await terminal.sees(/ready/);
  terminal.type('\x03');
  await terminal.sees(/caught/);
  assert.equal(await terminal.ended, 3);
});

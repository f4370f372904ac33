/** `develop` and `print-dev-env` of derivations that bash builds; the environment is that of real nix. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { environmentShell, readBuildEnvironment } from '../../src/api/build-environment.ts';
import { workplace } from '../support/bootflake.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { scriptMissing, Terminal } from '../support/terminal.ts';

const place = workplace('develop');
after(() => place.remove());

const flake = join(place.folder, 'f');
mkdirSync(join(flake, 'std'), { recursive: true });
writeFileSync(
  join(flake, 'std/setup'),
  `set -eu
shopt -s nullglob
greet() { echo "in greet" '}' "{ $1"; local x=$'\\n'; }
declare -A map=([k]="v 1" [l]=$'m\\nn')
declare -ax arr=(1 "2 3")
declare -r ro=1
plain="unexported"
runHook() { echo "hook $1"; "$1"; }
checkPhase() { echo "checked in $PWD"; }
`,
);
writeFileSync(
  join(flake, 'flake.nix'),
  `{
  nixConfig.bash-prompt = "our-prompt> ";
  outputs = { self }:
    let
      make = more: derivation ({ system = "x86_64-linux"; builder = "/bin/bash"; args = [ "-c" "exit 1" ]; outputs = [ "out" "dev" ]; } // more);
    in
    {
      devShells.x86_64-linux.default = make {
        name = "plain";
        TEXT = "a\\n\\"b\\\\ $c 'd'\\tü\`e";
        shellHook = "echo from the hook; export HOOKED=$out";
        allowedReferences = [ ];
        name2 = "";
      };
      packages.x86_64-linux.structured = make {
        name = "structured";
        __structuredAttrs = true;
        list = [ "a b" "c" ];
        set.k = "v w";
        n = 3;
        outputChecks.out.maxSize = 3;
      };
      packages.x86_64-linux.std = make { name = "std"; stdenv = ./std; buildPhase = "echo built by the attribute; exit 5"; };
      packages.x86_64-linux.sh = make { name = "sh"; builder = "/bin/sh"; };
    };
}
`,
);
const hostPrograms = '/bin /lib /lib64 /usr';
const environment = { NIX_CONFIG: `substituters =\nsandbox-paths = ${hostPrograms}` };
const bootflake = (...args: string[]) => place.bootflake(args, { environment });

type Json = { variables: Record<string, unknown>; bashFunctions: Record<string, string>; structuredAttrs?: Record<string, string> };

/** Without what every run or script has another value of, and the store paths of the environment itself. */
function comparable(text: string): Json {
  const json = JSON.parse(text.replace(/\/nix\/store\/[0-9a-z]{32}-(\w+-env)/g, '/nix/store/-$1')) as Json;
  for (const name of ['BASH', 'LINENO', 'OLDPWD']) delete json.variables[name];
  return json;
}

for (const name of ['default', 'structured'])
  test(`the environment of '${name}' is that of nix`, withNix, async () => {
    const ours = await bootflake('print-dev-env', '--json', `path:${flake}#${name}`);
    assert.equal(ours.status, 0, ours.stderr);
    const theirs = nix(['print-dev-env', '--json', `path:${flake}#${name}`, '--store', join(place.folder, 'nix-store')], {
      config: `sandbox-paths = ${hostPrograms}`,
    });
    assert.deepEqual(comparable(ours.stdout), comparable(theirs.toString('utf8')));
  });

test('a command has the environment, what the hook does, and outputs in the folder; the status is its own', async () => {
  const ran = await place.bootflake(
    [
      'develop',
      `path:${flake}`,
      '-c',
      'sh',
      '-c',
      'printf "%s|" "$TEXT" "$HOOKED" "$dev" "$IN_NIX_SHELL" "$MINE" "$NIX_GCROOT"; echo; exit 9',
    ],
    { environment: { ...environment, MINE: 'kept' } },
  );
  assert.equal(ran.status, 9, ran.stderr);
  const [hook, ...rest] = ran.stdout.split('\n');
  assert.equal(hook, 'from the hook');
  assert.match(
    rest.join('\n'),
    new RegExp(
      `^a\\n"b\\\\ \\$c 'd'\\tü\`e\\|${place.folder}/outputs/out\\|${place.folder}/outputs/dev\\|impure\\|kept\\|/nix/store/\\S+-plain-env\\|\\n$`,
    ),
  );
  const bare = await place.bootflake(['develop', `path:${flake}`, '-i', '-k', 'KEPT', '-c', 'bash', '-c', 'echo "$MINE,$KEPT,$name"'], {
    environment: { ...environment, MINE: 'x', KEPT: 'y' },
  });
  assert.equal(bare.stdout, 'from the hook\n,y,plain-env\n', bare.stderr);
});

test('functions and arrays of stdenv are there; a phase is the attribute, else the function, in the folder of the flake', async () => {
  const ran = await bootflake('develop', `path:${flake}#std`, '--phase', 'build');
  assert.equal(ran.status, 5, ran.stderr);
  assert.equal(ran.stdout, 'built by the attribute\n');
  const check = await bootflake('develop', `path:${flake}#std`, '--check');
  assert.equal(check.stdout, `hook checkPhase\nchecked in ${flake}\n`, check.stderr);
  const here = await bootflake('develop', `path:${flake}#std`, '--check', '--preserve-cwd');
  assert.equal(here.stdout, `hook checkPhase\nchecked in ${place.folder}\n`, here.stderr);
  const script = await bootflake('print-dev-env', `path:${flake}#std`);
  assert.equal(script.status, 0, script.stderr);
  writeFileSync(join(place.folder, 'sourced'), `${script.stdout}\ngreet x; echo "\${map[k]},\${map[l]},\${arr[1]},$plain"\n`);
  const sourced = await place.run('bash', ['sourced']);
  assert.equal(sourced.stdout, 'in greet } { x\nv 1,m\nn,2 3,unexported\n', sourced.stderr);
});

test('the files of structured attributes can be read in the shell', async () => {
  const ran = await bootflake(
    'develop',
    `path:${flake}#structured`,
    '-c',
    'bash',
    '-c',
    '. "$NIX_ATTRS_SH_FILE"; echo "${list[0]}|${set[k]}"; cat "$NIX_ATTRS_JSON_FILE"',
  );
  assert.equal(ran.status, 0, ran.stderr);
  const [first, json] = ran.stdout.split('\n');
  assert.equal(first, 'a b|v w');
  assert.deepEqual((JSON.parse(json!) as { list: unknown }).list, ['a b', 'c']);
});

test('a profile keeps generations', async () => {
  for (const name of ['default', 'structured', 'structured'])
    assert.equal((await bootflake('print-dev-env', `path:${flake}#${name}`, '--profile', 'profiles/p')).status, 0);
  assert.equal(readlinkSync(join(place.folder, 'profiles/p')), 'p-2-link');
  assert.match(readlinkSync(join(place.folder, 'profiles/p-1-link')), /-plain-env$/);
  assert.ok(readFileSync(join(place.folder, 'profiles/p'), 'utf8').includes('"bashFunctions"'));
});

test('refuses a builder that is not bash, and two things to run', async () => {
  const sh = await bootflake('develop', `path:${flake}#sh`, '-c', 'true');
  assert.match(sh.stderr, /'nix develop' only works on derivations that use 'bash' as their builder[\s\S]*\[build\/no-shell\]/);
  const both = await bootflake('develop', `path:${flake}`, '--build', '-c', 'true');
  assert.match(both.stderr, /you cannot use both '--command' and '--phase'/);
});

test('on a terminal there is a shell with the prompt that the flake wants', { skip: scriptMissing }, async () => {
  const terminal = new Terminal([process.execPath, resolve('dist/bootflake.js'), 'develop', `path:${flake}`], {
    cwd: place.folder,
    environment: { ...place.environment, ...environment },
  });
  await terminal.sees(/from the hook[\s\S]*our-prompt> /);
  terminal.type('sleep 60\n');
  await terminal.sees(/sleep 60\n/);
  terminal.type('\x03');
  await terminal.sees(/our-prompt> /);
  terminal.type('echo "<$name>"; exit 4\n');
  await terminal.sees(/<plain-env>/);
  assert.equal(await terminal.ended, 4);
});

test('an environment that is not one is refused, and its texts stay texts', (t) => {
  const file = join(scratchFolder(t), 'env');
  for (const text of [
    '',
    '[]',
    '{"variables":{},"bashFunctions":{"a;b":""}}',
    '{"variables":{"a=1; b":{"type":"var","value":""}},"bashFunctions":{}}',
    '{"variables":{"a":{"type":"var","value":1}},"bashFunctions":{}}',
    '{"variables":{"a":{"type":"array","value":["x",[]]}},"bashFunctions":{}}',
  ]) {
    writeFileSync(file, text);
    assert.throws(() => readBuildEnvironment(file), { code: 'build/bad-environment' }, text);
  }
  writeFileSync(file, JSON.stringify({ variables: { a: { type: 'exported', value: "';echo x;$(y)`z`" } }, bashFunctions: {} }));
  const script = environmentShell(readBuildEnvironment(file), { outputsFolder: '/o' });
  assert.ok(script.includes(`\na=''\\'';echo x;$(y)\`z\`'\nexport a\n`), script);
});

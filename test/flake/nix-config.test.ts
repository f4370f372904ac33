/** `nixConfig` of a flake: what it may be, who is asked, where the decision is kept, and that accepted settings have an effect. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { savedTrust, saveTrust, trustedSettingsPath } from '../../src/flake/trusted-settings.ts';
import { acceptedSettings } from '../../src/session/flake-settings.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { directory, file } from '../../src/tree/file-tree.ts';
import { cacheFiles, makePath, serve, storePath, trusted } from '../caches/support.ts';
import { workplace } from '../support/bootflake.ts';
import { setEnvironment } from '../support/environment.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { scriptMissing, Terminal } from '../support/terminal.ts';
import { open } from './opened.ts';

const flake = (nixConfig: string, outputs = '{ x = 1; }'): Record<string, string> => ({
  'f/flake.nix': `{ nixConfig = ${nixConfig}; outputs = { self }: ${outputs}; }`,
  'f/file': 'text',
});
const x = { installable: 'path:./f#x', format: 'nix' as const };

for (const [nixConfig, message] of [
  ['{ a = -3; }', "flake configuration setting 'a' is a thunk"],
  ['{ a = "x" + "y"; }', "flake configuration setting 'a' is a thunk"],
  ['{ a = null; }', "flake configuration setting 'a' is null"],
  ['{ a.b = 1; }', "flake configuration setting 'a' is a set"],
  ['{ a = 1.5; }', "flake configuration setting 'a' is a float"],
  ['{ a = [ "x" 1 ]; }', "list element in flake configuration setting 'a' is an integer while a string is expected"],
  ['[ ]', 'expected a set but got a list'],
  ['{ a = ../../outside; }', /outside/],
] as const)
  test(`refuses nixConfig = ${nixConfig}`, async (t) => {
    const { session } = open(t, flake(nixConfig));
    await assert.rejects(session().evaluateExpression(x), (error: Error & { code: string }) => {
      assert.match(error.code, /^flake\/(?:bad-flake|outside-tree)$/);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  });

test('without a terminal, settings of a flake are ignored with a warning, but for the prompt and the registry', async (t) => {
  const { session, warnings } = open(t, flake('{ cores = 3; bash-prompt = "x"; extra-flake-registry = "/r"; log-lines = [ "" "4" ]; }'));
  assert.equal(await session().evaluateExpression(x), '1');
  assert.deepEqual(
    warnings,
    ['cores', 'log-lines'].map(
      (name) => `ignoring untrusted flake configuration setting '${name}'.\nPass '--accept-flake-config' to trust it`,
    ),
  );
});

test('accepted settings apply after all others, in the order of their names, as Nix writes their values', async (t) => {
  const { session, space } = open(
    t,
    flake(
      '{ substituters = [ "file:///a" "file:///b" ]; extra-trusted-public-keys = "k:v"; netrc-file = ./file; keep-going = true; cores = 3; }',
    ),
  );
  const options = { nixSettings: { 'accept-flake-config': 'true', cores: '1', substituters: 'file:///c' }, flakeSettings: [] };
  const mine = session(options);
  assert.equal(await mine.evaluateExpression(x), '1');
  await mine.metadata('path:./f', { json: true });
  const changed = (mine as unknown as { options: { settings: typeof options } }).options.settings;
  const settings = readSettings(changed, { HOME: '/nowhere', NIX_CONF_DIR: '/nowhere' });
  assert.deepEqual(settings.substituters.substituters, ['file:///a', 'file:///b']);
  assert.deepEqual(settings.substituters.trustedPublicKeys.at(-1), 'k:v');
  assert.equal(settings.realise.keepGoing, true);
  assert.equal(settings.build.cores, 3);
  const netrc = settings.network.netrcFiles.at(-1) as string;
  assert.match(netrc, /^\/nix\/store\/[0-9a-z]{32}-source$/);
  assert.equal(readFileSync(space.store.realPath(netrc), 'utf8'), 'text');
});

test('an accepted setting applies to the evaluation of its flake, and a remembered result does not outlive the consent', async (t) => {
  const files = flake(
    '{ extra-experimental-features = "pipe-operators"; }',
    '{ x = import ./pipe.nix; d = derivation { name = "d"; system = "x"; builder = "y"; args = [ (import ./pipe.nix) ]; }; }',
  );
  files['f/pipe.nix'] = '[ 1 ] |> builtins.head';
  const { session } = open(t, files);
  await assert.rejects(session().evaluateExpression(x), { code: 'eval/disabled-feature' });
  const accepting = { nixSettings: { 'accept-flake-config': 'true' } };
  assert.equal(await session(accepting).evaluateExpression(x), '1');
  const evaluated = await session(accepting).evaluateInstallable('path:./f#d');
  assert.deepEqual(await session(accepting).evaluateInstallable('path:./f#d'), evaluated);
  await assert.rejects(session().evaluateInstallable('path:./f#d'), { code: 'eval/disabled-feature' });
});

test('asks about each setting, keeps what is decided for good where Nix keeps it, and shows no control characters', async (t) => {
  const env = { XDG_DATA_HOME: scratchFolder(t) };
  const questions: string[] = [];
  const [notes, warnings]: [string[], string[]] = [[], []];
  const answers = [true, true, false, true];
  const options = {
    acceptAll: false,
    env,
    confirm: async (question: string) => {
      questions.push(question);
      return answers.shift();
    },
    onNote: (line: string) => void notes.push(line),
    onWarning: (line: string) => void warnings.push(line),
  };
  const entries: [string, string][] = [
    ['post-build-hook', 'a\x1b[2Jb\nc\u202e'],
    ['y\x1b]0;t\x07', '__proto__'],
  ];
  assert.deepEqual(await acceptedSettings(entries, options), [entries[0]]);
  assert.deepEqual(questions, [
    "do you want to allow configuration setting 'post-build-hook' to be set to 'a^[[2Jb^Jc<U+202E>' (y/N)?",
    'do you want to permanently mark this value as trusted (y/N)?',
    "do you want to allow configuration setting 'y^[]0;t^G' to be set to '__proto__' (y/N)?",
    'do you want to permanently mark this value as untrusted (y/N)?',
  ]);
  assert.equal(trustedSettingsPath(env), join(env.XDG_DATA_HOME, 'nix/trusted-settings.json'));
  assert.equal(savedTrust('post-build-hook', 'a\x1b[2Jb\nc\u202e', env), true);
  assert.equal(savedTrust('post-build-hook', 'other', env), undefined);
  assert.deepEqual(await acceptedSettings([entries[0]!], options), [entries[0]]);
  assert.equal(questions.length, 4);
  assert.match(
    notes.join('\n'),
    /^Using saved setting for 'post-build-hook = a\^\[\[2Jb\^Jc<U\+202E>' from .*\/nix\/trusted-settings\.json\.$/,
  );
  assert.match(warnings.join('\n'), /^ignoring untrusted flake configuration setting 'y\^\[\]0;t\^G'\./);
});

test('reads the file that Nix writes; refuses another one', (t) => {
  const env = { NIX_DATA_HOME: scratchFolder(t) };
  const path = join(env.NIX_DATA_HOME, 'trusted-settings.json');
  writeFileSync(path, '{"extra-substituters":{"https://a":true,"https://b":false}}');
  saveTrust('cores', '3', true, env);
  assert.equal(readFileSync(path, 'utf8'), '{"cores":{"3":true},"extra-substituters":{"https://a":true,"https://b":false}}');
  assert.equal(savedTrust('extra-substituters', 'https://b', env), false);
  for (const text of ['["a"]', '{', '{"a":1}', '{"a":{"b":"yes"}}']) {
    writeFileSync(path, text);
    assert.throws(() => savedTrust('a', 'b', env), { code: 'flake/bad-trusted-settings' }, text);
  }
});

const cached = `{ d = derivation { name = "cached"; system = "x86_64-linux"; builder = "/bin/false"; }; }`;

test('a build takes its paths from the cache that its flake names', { skip: scriptMissing }, async (t) => {
  const place = workplace('nix-config');
  t.after(() => place.remove());
  setEnvironment(t, {});
  mkdirSync(join(place.folder, 'f'));
  const write = (url: string): void =>
    writeFileSync(
      join(place.folder, 'f/flake.nix'),
      `{ nixConfig = { substituters = [ "${url}" ]; trusted-public-keys = "${trusted}"; }; outputs = { self }: ${cached}; }`,
    );
  write('http://127.0.0.1:1');
  const environment = { NIX_CONFIG: 'substituters =' };
  const evaluated = await place.bootflake(['eval', '--raw', 'path:./f#d.outPath'], { environment });
  assert.equal(evaluated.status, 0, evaluated.stderr);
  const made = makePath('unused', { tree: directory([['from', file('the cache')]]), change: { storePath: evaluated.stdout } });
  assert.notEqual(made.info.storePath, storePath('unused'));
  const server = await serve(t, cacheFiles([made]));
  write(server.url);
  const untrusted = await place.bootflake(['build', 'path:./f#d', '--no-link', '--print-out-paths'], { environment });
  assert.notEqual(untrusted.status, 0);
  assert.equal(server.requests.length, 0);
  const terminal = new Terminal([process.execPath, resolve('dist/bootflake.js'), 'build', 'path:./f#d', '-o', 'result'], {
    cwd: place.folder,
    environment: { ...place.environment, ...environment },
  });
  await terminal.sees(/setting 'substituters' to be set to 'http:\/\/127\.0\.0\.1:\d+' \(y\/N\)\? /);
  terminal.type('y\n');
  await terminal.sees(/permanently mark this value as trusted \(y\/N\)\? /);
  terminal.type('n\n');
  await terminal.sees(/setting 'trusted-public-keys' to be set to '\S+' \(y\/N\)\? /);
  terminal.type('Y\ny\n');
  assert.equal(await terminal.ended, 0, terminal.shown());
  assert.equal(readFileSync(join(place.folder, 'result/from'), 'utf8'), 'the cache');
  const saved = join(place.folder, 'home/.local/share/nix/trusted-settings.json');
  assert.ok(existsSync(saved));
  assert.deepEqual(JSON.parse(readFileSync(saved, 'utf8')), { 'trusted-public-keys': { [trusted]: true } });
});

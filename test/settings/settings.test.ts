/** Settings of nix.conf, NIX_CONFIG, the command line and the API reach every part that uses them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { lockDebian, stateKind } from '../../src/session/debian-service.ts';
import { defaultFlakeOptions, type FlakeOptions } from '../../src/settings/options.ts';
import { ignoredSettings } from '../../src/settings/known-settings.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { writeCheckedJson } from '../../src/kept/json-cache.ts';
import { build, type PipelineContext } from '../../src/api/pipeline.ts';
import { Forge, sendFile } from '../fetch/forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { setEnvironment } from '../support/environment.ts';
import { fails } from '../support/fails.ts';

test('the last value counts, and extra- appends to it', () => {
  const env = {
    NIX_CONF_DIR: '/nonexistent',
    NIX_USER_CONF_FILES: '',
    HOME: '/home/me',
    NIX_CONFIG: 'tarball-ttl = 5\naccess-tokens = a=1\nexperimental-features = pipe-operators\nmax-jobs = 3\n',
  };
  const {
    fetch,
    network,
    experimentalFeatures,
    realise: { maxJobs },
    evaluation,
  } = readSettings(
    {
      nixSettings: {
        'tarball-ttl': '7',
        'extra-access-tokens': 'b=2',
        'extra-experimental-features': 'parse-toml-timestamps',
        'ssl-cert-file': '/ca',
        'download-attempts': '2',
        'stalled-download-timeout': '9',
        'trace-verbose': 'true',
      },
      mirror: 'http://m',
      securityMirror: 'http://s',
    },
    env,
  );
  assert.equal(fetch.tarballTtl, 7);
  assert.deepEqual(fetch.accessTokens, { a: '1', b: '2' });
  assert.deepEqual(network, {
    netrcFiles: ['/nonexistent/netrc', '/home/me/.netrc'],
    certificateFile: '/ca',
    mirror: 'http://m',
    securityMirror: 'http://s',
    attempts: 2,
    stalledAfter: 9,
    env,
  });
  assert.deepEqual([experimentalFeatures, maxJobs, evaluation.traceVerbose], [['pipe-operators', 'parse-toml-timestamps'], 3, true]);
  for (const [text, jobs] of [
    ['auto', undefined],
    ['0', 0],
  ] as const)
    assert.equal(readSettings({ nixSettings: { 'max-jobs': text } }, env).realise.maxJobs, jobs);
  for (const [name, value] of Object.entries({
    'max-jobs': 'many',
    'download-attempts': '-1',
    'trace-verbose': 'perhaps',
    'warn-dirty': '',
  })) {
    assert.throws(() => readSettings({ nixSettings: { [name]: value } }, env), { code: 'flake/bad-settings' }, name);
  }
  assert.deepEqual(
    ignoredSettings(
      { 'use-xdg-base-directories': 'x', 'extra-access-tokens': 'a=b', frob: '1', 'warn-dirty': '1' },
      { NIX_CONF_DIR: '/none', NIX_USER_CONF_FILES: '' },
    ),
    ["setting 'use-xdg-base-directories' has no effect here", "unknown setting 'frob'"],
  );
});

interface Asked {
  opened: Opened;
  warnings: string[];
  build(installables: string[], flake?: Partial<FlakeOptions>): Promise<unknown>;
}

/** The API's `build` with a store and a cache of the test's own. */
function api(t: TestContext, files: Record<string, string>): Asked {
  const opened = open(t, files);
  setEnvironment(t, { XDG_DATA_HOME: opened.space.path('data'), BOOTFLAKE_MIRROR: undefined, BOOTFLAKE_SECURITY_MIRROR: undefined });
  const warnings: string[] = [];
  const context = (flake: Partial<FlakeOptions>): PipelineContext => ({
    cwd: opened.space.folder,
    flake: { ...defaultFlakeOptions, ...flake },
    signal: new AbortController().signal,
    onProgress: () => {},
    onLog: () => {},
    onNote: () => {},
    onWarning: (line: string) => warnings.push(line),
  });
  return { opened, warnings, build: (installables, flake = {}) => build(context(flake), installables) };
}

test('downloads packages from the mirrors given to the API', async (t) => {
  const forge = await Forge.open(t);
  const packageOf = (archive: string) =>
    'derivation { name = "p"; system = "builtin"; builder = "builtin:debian-package"; __structuredAttrs = true; ' +
    'pname = "p"; version = "1"; architecture = "amd64"; ' +
    `archive = "${archive}"; filename = "pool/p.deb"; size = 4; sha256 = "${'a'.repeat(64)}"; }`;
  const { build: run } = api(t, {
    'f/flake.nix': `{ outputs = _: { a = ${packageOf('debian')}; b = ${packageOf('debian-security')}; }; }`,
  });
  setEnvironment(t, { BOOTFLAKE_SNAPSHOT: 'https://snapshot.example.test' });
  const flake = { mirror: 'https://mirror.example.test/debian/', securityMirror: 'https://mirror.example.test/security' };
  for (const attribute of ['a', 'b']) assert.equal((await fails(run([`path:./f#${attribute}`], flake))).code, 'debian/package-gone');
  const asked = forge.takeAsked();
  for (const place of ['debian', 'security']) assert.ok(asked.includes(`404 mirror.example.test/${place}/pool/p.deb`), asked.join('\n'));
  assert.equal(process.env.BOOTFLAKE_MIRROR, undefined);
});

test('builds use the settings for certificates, credentials, attempts and jobs', async (t) => {
  const forge = await Forge.open(t);
  const { NIX_SSL_CERT_FILE: certificate = '' } = process.env;
  setEnvironment(t, { NIX_SSL_CERT_FILE: undefined });
  const text = 'the file';
  const names = ['a', 'b', 'c', 'd'];
  const fetched = (name: string, salt: string) =>
    `derivation { name = "${name}"; system = "builtin"; builder = "builtin:fetchurl"; allowSubstitutes = false; url = "https://www.example.test/${name}"; outputHashAlgo = "sha256"; outputHash = "${createHash(
      'sha256',
    )
      .update(text + salt)
      .digest('hex')}"; }`;
  const {
    opened,
    warnings,
    build: run,
  } = api(t, {
    netrc: 'machine www.example.test login me password pw\n',
    'f/flake.nix': `{ outputs = _: { ${names.map((name) => `${name} = ${fetched(name, name)};`).join(' ')} e = ${fetched('e', '')}; }; }`,
  });
  const settings = { 'ssl-cert-file': certificate, 'netrc-file': opened.space.path('netrc') };
  let [at, most] = [0, 0];
  const slow =
    (name: string) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      most = Math.max(most, (at += 1));
      setTimeout(() => {
        at -= 1;
        sendFile(Buffer.from(text + name))(request, response);
      }, 100);
    };
  for (const name of names) forge.on(`www.example.test/${name}`, slow(name));
  const installables = names.map((name) => `path:./f#${name}`);
  assert.match((await fails(run(['path:./f#a']))).message, /certificate is not trusted/);
  await run(installables.slice(0, 2), { nixSettings: { ...settings, 'max-jobs': '1' } });
  assert.equal(most, 1);
  await run(installables.slice(2), { nixSettings: { ...settings, frob: '1' } });
  assert.equal(most, 2);
  assert.deepEqual(
    new Set(forge.asked.map(({ headers }) => headers.authorization)),
    new Set([`Basic ${Buffer.from('me:pw').toString('base64')}`]),
  );
  assert.deepEqual(warnings, ["unknown setting 'frob'"]);

  forge.takeAsked();
  forge.on('www.example.test/e', (_request, response) => void response.writeHead(503).end());
  await fails(run(['path:./f#e'], { nixSettings: { ...settings, 'download-attempts': '1' } }));
  assert.deepEqual(forge.takeAsked(), ['503 www.example.test/e']);
});

test('tarball-ttl applies to Debian’s archive too', async (t) => {
  const opened = open(t, {});
  const cacheDir = opened.space.path('cache');
  const mirrors = ['http://127.0.0.1:9/debian', 'http://127.0.0.1:9/security'] as const;
  const lock = { type: 'debian', suite: 'trixie' };
  const state = {
    time: Math.floor(Date.now() / 1000) - 60,
    mirrors: createHash('sha256').update(JSON.stringify(mirrors)).digest('hex'),
    lock,
  };
  assert.ok(writeCheckedJson(`${cacheDir}/debian/trixie.state`, stateKind, 'trixie', state));
  const ask = (ttl: string) =>
    lockDebian(
      'trixie',
      undefined,
      {
        store: opened.space.store,
        cwd: '/',
        signal: new AbortController().signal,
        onProgress: () => {},
        onNote: () => {},
        onWarning: () => {},
        realise: async () => {},
        settings: {
          ...defaultFlakeOptions,
          mirror: mirrors[0],
          securityMirror: mirrors[1],
          nixSettings: { 'tarball-ttl': ttl, 'download-attempts': '1' },
        },
      },
      cacheDir,
    );
  assert.deepEqual(await ask('3600'), lock);
  assert.equal((await fails(ask('30'))).code, 'network/unreachable');
});

test('features and warnings follow the settings, for cached results too', async (t) => {
  const opened = open(
    t,
    {
      'r/flake.nix':
        '{ outputs = _: { packages.x86_64-linux.default = derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; }; }; }',
    },
    'r',
  );
  const { space, session, warnings, notes } = opened;
  setEnvironment(t, { NIX_CONFIG: 'experimental-features = pipe-operators\n' });
  const evaluate = (expr: string, nixSettings = {}) => session({ nixSettings }).evaluateExpression({ expr, format: 'nix' });
  assert.equal(await evaluate('1 |> (x: x + 1)'), '2');
  await evaluate('builtins.traceVerbose "told" 1', { 'trace-verbose': 'true' });
  assert.deepEqual(notes, ['trace: told']);
  process.env.NIX_CONFIG = '';
  assert.equal((await fails(evaluate('1 |> (x: x + 1)'))).code.startsWith('eval/'), true);

  space.write({
    'r/flake.nix':
      `${'\n'}{ outputs = _: { packages.x86_64-linux.default = derivation { name = "x"; system = "x86_64-linux"; ` +
      'builder = "/bin/sh"; }; }; }',
  });
  const dirty = (nixSettings = {}) => session({ nixSettings }).evaluateInstallable(space.path('r'));
  await dirty();
  await dirty();
  assert.deepEqual(warnings.splice(0), Array(2).fill(`Git tree '${space.path('r')}' is dirty`));
  await dirty({ 'warn-dirty': 'false' });
  assert.deepEqual(warnings, []);
  assert.equal((await fails(dirty({ 'allow-dirty': 'false' }))).code, 'flake/dirty-tree');
});

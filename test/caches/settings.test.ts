import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Substituters } from '../../src/caches/substituters.ts';
import { ignoredSettings } from '../../src/settings/known-settings.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { cacheFiles, makePath, serve, storePath, testFolder, testSubstituters } from './support.ts';

const env = { NIX_CONF_DIR: '/nonexistent', HOME: '/nonexistent' };
const settings = (nixSettings: Record<string, string>, config = '') =>
  readSettings({ nixSettings }, { ...env, NIX_CONFIG: config }).substituters;

test("the defaults are Nix's", () => {
  assert.deepEqual(settings({}), {
    substitute: true,
    substituters: ['https://cache.nixos.org/'],
    trustedSubstituters: [],
    trustedPublicKeys: ['cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='],
    requireSigs: true,
    connections: 25,
    connectTimeout: 15,
    maxJobs: 16,
    positiveTtl: 2_592_000,
    negativeTtl: 3600,
    metaTtl: 604_800,
  });
});

test('nix.conf, NIX_CONFIG and the command line; extra- adds to the default, older names count', () => {
  assert.deepEqual(settings({ 'extra-substituters': 'https://a.example.org' }).substituters, [
    'https://cache.nixos.org/',
    'https://a.example.org',
  ]);
  assert.deepEqual(settings({ 'extra-substituters': 'https://b' }, 'binary-caches = https://a').substituters, ['https://a', 'https://b']);
  assert.deepEqual(settings({ substituters: '' }).substituters, []);
  assert.equal(settings({}, 'extra-trusted-public-keys = a:b').trustedPublicKeys.length, 2);
  assert.equal(settings({ 'require-sigs': 'false' }, 'require-sigs = true').requireSigs, false);
  assert.equal(settings({ 'build-use-substitutes': 'false' }).substitute, false);
  assert.equal(settings({ 'http-connections': '0' }).connections, 100);
  assert.throws(() => settings({ fallback: 'perhaps' }), { code: 'flake/bad-settings' });
  assert.throws(() => settings({ 'connect-timeout': '-1' }), { code: 'flake/bad-settings' });
  const given = { substituters: 'x', 'connect-timeout': '1', 'binary-caches': 'y', 'extra-trusted-public-keys': 'k' };
  assert.deepEqual(ignoredSettings(given, env), []);
});

test('http2 of nix.conf and of the command line', () => {
  const http2 = (nixSettings: Record<string, string>, config = '') =>
    readSettings({ nixSettings }, { ...env, NIX_CONFIG: config }).network.http2;
  assert.equal(http2({}), undefined);
  assert.equal(http2({}, 'http2 = false'), false);
  assert.equal(http2({ http2: 'true' }, 'http2 = false'), true);
  assert.throws(() => http2({ http2: 'perhaps' }), { code: 'flake/bad-settings' });
  assert.deepEqual(ignoredSettings({ http2: 'false' }, env), []);
});

test('no cache is asked without substitute, nor one over the network when offline', async (t) => {
  const server = await serve(t, cacheFiles([makePath('app')]));
  const { substituters, signal } = testSubstituters(t, [server.url], { substitute: 'false' });
  assert.deepEqual(await substituters.find(storePath('app'), { signal }), []);
  const offline = new Substituters({
    settings: settings({ substituters: server.url }),
    network: { netrcFiles: [] },
    cacheDir: testFolder(t),
    onWarning: assert.fail,
    offline: true,
  });
  assert.deepEqual(await offline.find(storePath('app'), { signal }), []);
  assert.equal(server.requests.length, 0);
});

test('a key that is none is an error', () => {
  const options = { network: { netrcFiles: [] }, cacheDir: '/nonexistent', onWarning: () => {} };
  assert.throws(() => new Substituters({ ...options, settings: settings({ 'trusted-public-keys': 'word' }) }), {
    code: 'nix-format/bad-key',
  });
});

test("the password of the user's netrc, and a proxy", async (t) => {
  const folder = testFolder(t);
  writeFileSync(join(folder, 'netrc'), 'machine 127.0.0.1 login user password secret\n');
  const server = await serve(t, cacheFiles([makePath('app')]), (request, response) => {
    if (request.headers.authorization === `Basic ${Buffer.from('user:secret').toString('base64')}`) return false;
    response.writeHead(401).end();
    return true;
  });
  const { fetch } = testSubstituters(t, [server.url], { 'netrc-file': join(folder, 'netrc') });
  await fetch(storePath('app'));
  const without = testSubstituters(t, [server.url]);
  assert.deepEqual(await without.substituters.find(storePath('app'), { signal: without.signal }), []);
  assert.match(without.warnings.join('\n'), /disabling binary cache .* HTTP 401/);
  const files = cacheFiles([makePath('app')]);
  const absolute = new Map([...files].map(([name, bytes]) => [`ttp://cache.example.org/${name}`, bytes]));
  const proxy = await serve(t, absolute);
  const behind = testSubstituters(t, ['http://cache.example.org'], {}, { env: { http_proxy: proxy.url } });
  await behind.fetch(storePath('app'));
  assert.ok(proxy.requests.every(({ url }) => url.startsWith('http://cache.example.org/')));
});

test('no more requests at once than http-connections', async (t) => {
  let [open, most] = [0, 0];
  const server = await serve(t, cacheFiles([]), (request, response) => {
    if (!request.url!.endsWith('.narinfo')) return false;
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      response.writeHead(404).end();
    }, 20);
    return true;
  });
  const { substituters, signal } = testSubstituters(t, [server.url], { 'http-connections': '3' });
  await substituters.findAll(
    Array.from({ length: 40 }, (_, i) => storePath(`p${i}`)),
    { signal },
  );
  assert.equal(most, 3);
  const wide = testSubstituters(t, [server.url]);
  most = 0;
  await wide.substituters.findAll(
    Array.from({ length: 100 }, (_, i) => storePath(`q${i}`)),
    { signal },
  );
  assert.ok(most > 10 && most <= 25, String(most));
});

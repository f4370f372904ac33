/** An apt repository from the flake's input to files in the store, through the command line, beside a Debian archive of the test's own. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockDebianSuite } from '../../src/debian/lock-suite.ts';
import { makeArchive, makeKey, NOW } from '../debian/support/archive-maker.ts';
import { fingerprintOf, makeRepository, type RepositoryRecipe } from '../debian/support/repository-maker.ts';
import { mirrorsAt, serve, type TestServer } from '../debian/support/server.ts';
import { parseFlakeRef, printFlakeRef } from '../../src/flake/ref.ts';
import { workplace, type Outcome, type Workplace } from '../support/bootflake.ts';

const script = (text: string) => ({ path: './usr/bin/tool', mode: 0o755, contents: `#!/bin/sh\necho ${text}\n` });
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');

interface Setup {
  place: Workplace;
  server: TestServer;
  fingerprint: string;
  /** Publishes a state of the repository. */
  publish(recipe: RepositoryRecipe): Promise<void>;
  run(...args: string[]): Promise<Outcome>;
  write(outputs?: string, input?: string): void;
  /** What a lock has of the repository. */
  locked(): Record<string, unknown>;
}

async function setup(t: TestContext): Promise<Setup> {
  const [debianKey, key] = [await makeKey(), await makeKey('Extra')];
  const files = await makeArchive(debianKey, {
    release: [
      { name: 'base', fields: { Essential: 'yes' } },
      { name: 'tool', version: '1.0-1', files: [script('Debian')] },
      { name: 'lib', version: '2' },
      // The package set looks at its version.
      { name: 'python3', version: '3.13.5-1' },
    ],
  });
  const server = await serve(t, files);
  const mirrors = mirrorsAt(server.url);
  const { type: _, suite: __, ...pins } = await lockDebianSuite({ suite: 'trixie', mirrors, keys: [debianKey.publicKey], now: NOW });
  const query = Object.entries(pins).map(([name, value]) => `${name}=${value}`);
  const fingerprint = await fingerprintOf(key);
  const place = workplace('apt');
  t.after(() => place.remove());
  const environment = {
    BOOTFLAKE_MIRROR: mirrors.debian,
    BOOTFLAKE_SECURITY_MIRROR: mirrors.security,
    BOOTFLAKE_SNAPSHOT: mirrors.snapshot,
  };
  return {
    place,
    server,
    fingerprint,
    async publish(recipe) {
      const now = Date.now() / 1000;
      const fields = { Date: utc(now - 3600), 'Valid-Until': utc(now + 86_400), ...recipe.fields };
      for (const [path, bytes] of await makeRepository(key, { ...recipe, fields })) files.set(`extra/${path}`, bytes);
    },
    run: (...args) => place.bootflake(args, { environment }),
    write(outputs = 'tree = pkgs.debianTree { packages = [ "tool" ]; }; inherit (pkgs) tool;', input) {
      const url = input ?? `apt+${server.url}/extra?suite=stable&key=${fingerprint}&keyUrl=${server.url}/extra/key.asc`;
      writeFileSync(
        join(place.folder, 'flake.nix'),
        `{
          inputs.nixpkgs.url = "debian:trixie?${query.join('&')}";
          inputs.extra.url = "${url}";
          outputs = { nixpkgs, extra, ... }:
            let pkgs = import "\${nixpkgs}/pkgs" { config.debian.repositories.extra = extra; }; in
            { packages.x86_64-linux = { ${outputs} }; };
        }`,
      );
    },
    locked() {
      const { nodes } = JSON.parse(readFileSync(join(place.folder, 'flake.lock'), 'utf8')) as {
        nodes: Record<string, { locked: Record<string, unknown> }>;
      };
      return nodes.extra!.locked;
    },
  };
}

const newer: RepositoryRecipe = {
  debs: [
    { name: 'tool', version: '1.5', files: [script('the repository')], fields: { Depends: 'lib (>= 2), more' } },
    { name: 'more', version: '1:3~rc1', architecture: 'all', files: [{ path: './usr/share/more', contents: 'more\n' }] },
  ],
};

test('a locked repository gives packages, which are resolved over Debian and verified, also offline', async (t) => {
  const { publish, run, write, locked, server, fingerprint } = await setup(t);
  await publish(newer);
  write();
  const lockedOnce = await run('flake', 'lock');
  assert.equal(lockedOnce.status, 0, lockedOnce.stderr);
  assert.match(lockedOnce.stderr, /Added input 'extra':\n.*'apt\+http:\/\/127\.0\.0\.1:\d+\/extra' stable [0-9a-f]{8} \(20/);
  const { narHash, indexes, lastModified, validUntil, ...rest } = locked();
  assert.match(`${narHash} ${indexes} ${lastModified} ${validUntil}`, /^sha256-\S+ main\/amd64=[0-9a-f]{64} \d+ \d+$/);
  const keyUrl = `${server.url}/extra/key.asc`;
  assert.deepEqual(rest, { type: 'apt', url: `${server.url}/extra`, suite: 'stable', components: 'main', key: fingerprint, keyUrl });

  const built = await run('build', '.#tree', '--no-link', '--print-out-paths');
  assert.equal(built.status, 0, built.stderr);
  const tree = built.stdout.trim();
  const shown = await run('store', 'cat', `${tree}/usr/bin/tool`);
  assert.match(shown.stdout, /echo the repository/, shown.stderr);
  const json = await run('store', 'cat', `${tree}/usr/share/more`);
  assert.equal(json.stdout, 'more\n', json.stderr);

  // From now on nothing is asked for: neither an evaluation nor a lock that is there needs the repository.
  await server.close();
  const again = await run('build', '.#tree', '--no-link', '--print-out-paths', '--offline');
  assert.deepEqual([again.status, again.stdout.trim()], [0, tree], again.stderr);
  const metadata = await run('flake', 'metadata', '--offline');
  assert.match(metadata.stdout, /extra: apt\+http:\/\/127\.0\.0\.1:\d+\/extra/, metadata.stderr);
});

test('an update takes the newer state', async (t) => {
  const { publish, run, write, locked } = await setup(t);
  await publish({ debs: [{ name: 'more' }] });
  write();
  assert.equal((await run('flake', 'lock')).status, 0);
  const first = locked();
  await publish(newer);
  const updated = await run('flake', 'update', 'extra', '--refresh');
  assert.match(updated.stderr, /Updated input 'extra':\n.* stable [0-9a-f]{8} .*\n.*→ .* stable [0-9a-f]{8} /, updated.stderr);
  assert.notEqual(locked().indexes, first.indexes);
});

test('what is wrong with the input is an error with a code and a remedy', async (t) => {
  const { publish, run, write, server, fingerprint } = await setup(t);
  await publish(newer);
  const at = `apt+${server.url}/extra?keyUrl=${server.url}/extra/key.asc&suite=`;
  const ok = parseFlakeRef(`${at}stable&key=${fingerprint.toLowerCase().replace(/.{4}/g, '$& ').trim()}`);
  assert.deepEqual([ok.input.key, ok.input.components], [fingerprint, 'main']);
  assert.deepEqual(parseFlakeRef(printFlakeRef(ok)), ok);
  const key = `&key=${fingerprint}`;
  const refused: [string, RegExp][] = [
    [`${at}stable`, /'key' of an apt repository is missing/],
    [`${at}stable&key=${fingerprint.slice(-8)}`, /'key' of an apt repository is .* whole fingerprint/],
    [`${at}../x${key}`, /'suite' of an apt repository is/],
    [`${at}stable&components=main,../x${key}`, /'components' of an apt repository is/],
    [`${at}./&components=main${key}`, /'components' of an apt repository is .* empty for a suite/],
    [`apt+http://a/x?suite=s${key}`, /'keyUrl' of an apt repository is missing/],
    [`apt+http://a/x?suite=s${key}&keyUrl=file:///etc/shadow`, /'keyUrl' of an apt repository is/],
    [`apt+file:///x?suite=s${key}&keyUrl=http://a/k`, /'url' of an apt repository is "file:\/\/\/x"/],
    [`apt+http://me:word@a/x?suite=s${key}&keyUrl=http://a/k`, /'url' of an apt repository is/],
    ['apt+http://a/x?suite=s&trusted=yes', /unknown parameter 'trusted'/],
  ];
  for (const [input, says] of refused) assert.throws(() => parseFlakeRef(input), { message: says }, input);
  write(undefined, `${at}stable&key=${'0'.repeat(40)}`);
  const wrong = await run('flake', 'lock');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /key\.asc has no key with the fingerprint 0{40}; it has [0-9A-F]{40}[^]*\[debian\/wrong-key\]/);
});

test('a machine has the option, and a program runs with what both have for it', async (t) => {
  const { publish, run, write } = await setup(t);
  await publish({ debs: [{ name: 'elsewhere', files: [{ ...script('hi'), path: './usr/bin/elsewhere' }], fields: { Depends: 'lib' } }] });
  write(
    'inherit (pkgs) elsewhere; wrong = (import (pkgs.path + "/pkgs") { config.debian.repositories.x = ./.; }).tool; ' +
      'machine = (nixpkgs.lib.nixosSystem { modules = [ { nixpkgs.debian.repositories.extra = extra; } ]; }).pkgs.elsewhere;',
  );
  const position = await run('eval', '.#machine.meta.position');
  assert.match(position.stdout, /the repository http:\/\/127\.0\.0\.1:\d+\/extra stable, package elsewhere 1\.0-1/, position.stderr);
  const wrong = await run('build', '.#wrong', '--no-link');
  assert.match(wrong.stderr, /repository\.json/);
  const program = await run('build', '.#elsewhere', '--no-link', '--print-out-paths');
  assert.equal(program.status, 0, program.stderr);
});

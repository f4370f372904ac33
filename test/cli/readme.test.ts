/** Runs the README's commands about flakes from elsewhere literally, against a forge of the test's own in place of the web. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { archiveOf, Forge } from '../fetch/forge.ts';
import { workplace } from '../support/bootflake.ts';
import { commandLines, readmeBlock, readmeBlocks } from '../support/readme.ts';

const flake = (outputs: string) => [{ path: 'flake.nix', contents: `{ outputs = _: { ${outputs} }; }\n` }];
const commit = (n: number, outputs: string) => ({ rev: String(n).repeat(40), files: flake(outputs) });

/** The result of `lib.nixosSystem` here is not a real system, but has the attribute of the image. */
const standIn = `lib.nixosSystem = _: { config.system.build.qcow2 = derivation {
  name = "stand-in"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
  entries = [ { path = "nixos.qcow2"; text = "image"; } ];
}; };`;

async function web(t: TestContext): Promise<Forge> {
  const forge = await Forge.open(t);
  forge.github('owner', 'repo', { HEAD: commit(1, 'lib.version = "1.0";') });
  forge.github('me', 'private', { HEAD: commit(2, '') });
  forge.github('NixOS', 'nixpkgs', { 'nixos-23.05': commit(3, standIn) });
  forge.file('www.example.test/flake.tar.gz', archiveOf('flake', flake('lib.version = "2.0";')));
  return forge;
}

test('the commands about flakes from elsewhere work as written', async (t) => {
  const forge = await web(t);
  const place = workplace('readme');
  t.after(() => place.remove());
  writeFileSync(
    join(place.folder, 'flake.nix'),
    `{
    inputs.nixpkgs.url = "debian/trixie";
    outputs = { nixpkgs, ... }: { nixosConfigurations.build-qcow2 = nixpkgs.lib.nixosSystem { }; };
  }\n`,
  );
  const programs = join(place.folder, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'bootflake'), `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/bootflake.js')}' "$@"\n`, {
    mode: 0o755,
  });
  place.environment.PATH = `${programs}:${place.environment.PATH}`;

  const printed: string[] = [];
  for (const shown of commandLines(readmeBlock('Flakes from elsewhere', 'console'))) {
    // The forge has no certificate for example.org.
    const line = shown.replace('//example.org/', '//www.example.test/');
    const { status, stdout, stderr } = await place.run('bash', ['-c', line]);
    assert.equal(status, 0, `${line}\n${stderr}`);
    printed.push(stdout);
  }
  assert.deepEqual(printed.slice(0, 2), ['"1.0"\n', '"2.0"\n']);
  assert.equal(readFileSync(join(place.folder, 'result/nixos.qcow2'), 'utf8'), 'image');
  assert.match(readFileSync(join(place.folder, 'home/.config/nix/registry.json'), 'utf8'), /"vm"/);
  const forPrivate = forge.asked.filter(({ url }) => url.includes('me/private') && url.startsWith('api.github.com'));
  assert.ok(
    forPrivate.length > 0 && forPrivate.every(({ headers }) => headers.authorization === 'token TOKEN'),
    JSON.stringify(forPrivate),
  );
});

test('every block is run by a test, and names existing scripts', () => {
  // test/e2e/blog.test.ts, test/e2e/stdenv.test.ts, this file, and the suite itself; test/e2e/package.test.ts checks the types and the
  // syntax of the one in JavaScript.
  assert.deepEqual(
    readmeBlocks().map(({ heading, language }) => `${heading}: ${language}`),
    [
      'bootflake: console',
      'A machine of your own: console',
      'A machine of your own: nix',
      'More to do with it: console',
      'Software of your own: nix',
      'From a program: js',
      'Flakes from elsewhere: console',
      'Tests: console',
    ],
  );
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = readFileSync('README.md', 'utf8').matchAll(/npm (?:run )?(test|bench[:\w]*|reference|[a-z]+:[a-z]+)\b/g);
  for (const [, name] of named) assert.ok(scripts[name!], name);
});

/**
 * Every supported major version of Node prints nothing unexpected and builds the blog's image with the same bytes. The versions come from
 * the npm registry.
 */
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { blogFlake, workplace } from '../support/bootflake.ts';

const place = workplace('node-versions');
after(() => place.remove());
const cli = resolve('dist/bootflake.js');

/** The program of a version, from the registry's package for this platform; undefined when it is not available. */
function installed(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(place.folder, `node-${major}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const name = `node-${process.platform}-${process.arch}`;
  spawnSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `${name}@${major}`], {
    cwd: folder,
    timeout: 300_000,
    env: { ...process.env, HOME: place.environment.HOME },
  });
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  return existsSync(program) ? program : undefined;
}

const majors = [20, 22, 24];
const tree =
  '(derivation { name = "t"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ { ' +
  'path = "a"; text = "hi"; } ]; })';
const cases: [args: string[], stdout: RegExp][] = [
  [['--version'], /^\d+\.\d+\.\d+\n$/],
  [['eval', '--expr', '{ a = [ 1 2.5 "x" ]; }'], /^\{ a = \[ 1 2\.5 "x" \]; \}\n$/],
  [['eval', '--expr', 'builtins.length (builtins.genList (x: { inherit x; }) 300000)'], /^300000\n$/],
  [['eval', '--json', '.#answer'], /^42\n$/],
  [['flake', 'metadata', '--json', '.'], /"locked":/],
  [['build', '.#tree', '--no-link', '--print-out-paths'], /^\/\S+\/nix\/store\/[0-9a-z]{32}-t\n$/],
];

for (const major of majors) {
  test(`works with Node ${major}`, async (t) => {
    const node = installed(major);
    if (!node) return t.skip(`node ${major} cannot be had from the registry`);
    const environment = { XDG_CACHE_HOME: join(place.folder, `cache-${major}`), XDG_DATA_HOME: join(place.folder, `data-${major}`) };
    const flake = join(place.folder, `flake-${major}`);
    mkdirSync(flake);
    writeFileSync(join(flake, 'flake.nix'), `{ outputs = { self }: { answer = 42; packages.x86_64-linux.tree = ${tree}; }; }`);
    // The second time with the caches of the first.
    for (const [args, stdout] of [...cases, ...cases]) {
      const said: SpawnSyncReturns<string> = spawnSync(node, [cli, ...args], {
        cwd: flake,
        env: { ...place.environment, ...environment },
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.match(said.stdout, stdout, `${args.join(' ')}: ${said.stderr}`);
      assert.equal(said.status, 0, said.stderr);
      assert.doesNotMatch(said.stderr, /flag|deprecat|experimental|warning|error/i, args.join(' '));
    }
    const blog = await blogFlake(place, `blog-${major}`);
    // One store for all: the others build again what the first has built, and compare.
    const built = await place.run(
      node,
      [cli, 'build', '.#build-qcow2', '--no-link', '--print-out-paths', ...(major === majors[0] ? [] : ['--rebuild'])],
      { cwd: blog },
    );
    assert.equal(built.status, 0, built.stderr);
    assert.match(built.stdout, /^\/\S+\/nix\/store\/[0-9a-z]{32}-nixos-disk-image\n$/);
  });
}

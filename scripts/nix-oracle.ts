/**
 * Makes real Nix callable for the tests that compare with it: `nix-oracle FOLDER` writes FOLDER/bin/{nix,nix-store,...} and prints the
 * path of `nix`. The programs are Debian's, from a suite that has Nix 2.34, in a store of their own; they are run by their own ld.so.
 * Needs a built dist/. The build sandbox has busybox as /bin/sh, and builds go to a store that the caller names.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const suite = 'forky';
const programs = ['nix', 'nix-build', 'nix-instantiate', 'nix-store', 'nix-daemon'];

const folder = resolve(process.argv[2] ?? '/tmp/bootflake-nix-oracle');
const home = join(folder, 'home');
mkdirSync(home, { recursive: true });
mkdirSync(join(folder, 'bin'), { recursive: true });

// The date of a mirror that is no longer updated does not matter here.
const environment = { ...process.env, HOME: home, BOOTFLAKE_ACCEPT_EXPIRED: '1' };
for (const name of ['XDG_DATA_HOME', 'XDG_CACHE_HOME', 'BOOTFLAKE_ROOT', 'NIX_CONFIG'])
  delete environment[name as keyof typeof environment];
const command = ['dist/bootflake.js', 'build', `debian/${suite}#nix-bin`, '--out-link', join(folder, 'nix-bin'), '--print-out-paths'];
const built = spawnSync(process.execPath, command, { encoding: 'utf8', env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
if (built.status !== 0) process.exit(1);

const tree = built.stdout.trim();
const store = tree.slice(0, tree.lastIndexOf('/'));
const packages = readFileSync(join(tree, 'nix-support/closure'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((path) => join(store, path.slice('/nix/store/'.length)));
const own = readdirSync(store).find((name) => /^[a-z0-9]{32}-nix-bin_[^/]*$/.test(name) && !name.endsWith('.drv'));
if (own === undefined) throw new Error(`${store} has no nix-bin`);
packages.unshift(join(store, own));
const libraries = packages
  .flatMap((at) => ['usr/lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu/nix'].map((name) => join(at, name)))
  .filter(existsSync);
const loader = packages.map((at) => join(at, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2')).find(existsSync);
const shell = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync);
const settings = [
  'experimental-features = nix-command flakes pipe-operators',
  'warn-dirty = false',
  'build-users-group =',
  'flake-registry =',
  'substituters =',
  'sandbox = true',
  'sandbox-fallback = false',
  'build-hook =',
  ...(shell ? [`sandbox-paths = /bin/sh=${shell}`] : []),
  '${NIX_CONFIG_X:-}',
].join('\n');
for (const name of programs) {
  const script = `#!/bin/bash
export HOME='${home}' NIX_CONFIG="${settings}"
exec '${loader}' --library-path '${libraries.join(':')}' --argv0 ${name} '${join(packages[0]!, 'usr/bin/nix')}' "$@"
`;
  writeFileSync(join(folder, 'bin', name), script, { mode: 0o755 });
}
console.log(join(folder, 'bin/nix'));

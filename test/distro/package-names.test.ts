/**
 * Compares the tables of package names with the archives of both suites. Skipped when their indexes cannot be fetched.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';

const suites = ['trixie', 'bookworm'] as const;

const bootflake = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/bootflake.js', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28, timeout: 180_000 });

const fetched = suites.every((suite) => bootflake('eval', `debian/${suite}#debianPackages.base-files.name`).status === 0);
const skip = fetched ? false : "Debian's indexes could not be fetched";

function evaluated(expression: string): unknown {
  const { status, stdout, stderr } = bootflake('eval', '--json', '--impure', '--expr', expression);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const table = (name: string): string => `(import ./distro/pkgs/${name}.nix)`;
const namesOf = (name: string): string[] => evaluated(`builtins.attrNames ${table(name)}`) as string[];
const lines = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The names of all packages in the suites. */
const debian = skip
  ? new Set<string>()
  : new Set(
      suites.flatMap(
        (suite) =>
          evaluated(`builtins.attrNames (builtins.getFlake "debian/${suite}").legacyPackages.x86_64-linux.debianPackages`) as string[],
      ),
    );

/** The names of a table that throw in a suite. */
const missing = (names: string, suite: string): string[] =>
  evaluated(`
  let pkgs = (builtins.getFlake "debian/${suite}").legacyPackages.x86_64-linux;
  in builtins.filter (name: !(builtins.tryEval pkgs.\${name}.drvPath).success) (builtins.attrNames ${table(names)})`) as string[];

test('every nixpkgs name maps to packages of both suites, with few exceptions', { skip }, () => {
  assert.deepEqual(missing('nixpkgs-names', 'trixie'), ['intel-compute-runtime', 'linphone', 'renderdoc']);
  assert.deepEqual(missing('nixpkgs-names', 'bookworm'), [
    'bottom',
    'delta',
    'dnscrypt-proxy2',
    'docker-client',
    'dust',
    'freerdp',
    'helix',
    'htcondor',
    'incus',
    'ntfy-sh',
    'scim',
    'source-sans',
    'swift',
    'texmacs',
    'uutils-diffutils',
    'uutils-findutils',
    'valkey',
  ]);
});

test("every member of nixpkgs' set xorg exists", { skip }, () => {
  for (const suite of suites) {
    const absent = evaluated(`
      let inherit ((builtins.getFlake "debian/${suite}").legacyPackages.x86_64-linux) xorg;
      in builtins.filter (name: !(builtins.tryEval xorg.\${name}.drvPath).success) (builtins.attrNames xorg)`);
    assert.deepEqual(absent, []);
  }
});

test('names that throw do so in both suites, and the suggested replacement exists', { skip }, () => {
  for (const suite of suites) assert.deepEqual(missing('other-software', suite), namesOf('other-software'));
  for (const suite of suites) assert.deepEqual(missing('not-in-debian', suite), namesOf('not-in-debian'));
  const hints = readFileSync('distro/pkgs/not-in-debian.nix', 'utf8').matchAll(/`pkgs\.([^']+)'/g);
  const instead = [...new Set([...hints].map(([, name]) => name!))];
  const works = evaluated(`
    let pkgs = (builtins.getFlake "debian/trixie").legacyPackages.x86_64-linux; lib = pkgs.lib;
    in builtins.filter
      (name: (builtins.tryEval (lib.getAttrFromPath (lib.splitString "." name) pkgs).drvPath).success)
      (builtins.fromJSON ''${JSON.stringify(instead)}'')`);
  assert.deepEqual(works, instead);
});

test('no nixpkgs name maps to a transitional package', { skip }, () => {
  for (const suite of suites) {
    const empty = evaluated(`
      let
        pkgs = (builtins.getFlake "debian/${suite}").legacyPackages.x86_64-linux;
        descriptions = name: map (p: p.meta.description or "") (pkgs.\${name}.packages or [ pkgs.\${name} ]);
        isEmpty = text: builtins.match ".*([Tt]ransitional|[Dd]ummy).*" text != null;
        has = name: builtins.tryEval (builtins.any isEmpty (descriptions name));
      in builtins.filter (name: (has name).success && (has name).value) (builtins.attrNames ${table('nixpkgs-names')})`);
    assert.deepEqual(empty, []);
  }
});

test('refuses a nixpkgs program whose name is other software in Debian, and says where it is', { skip }, () => {
  for (const [name, message] of [
    ['pacman', /package manager of Arch Linux, for which Debian trixie has pkgs\.debianPackages\.pacman-package-manager/],
    ['drill', /`pkgs\.wrk'.*`pkgs\.ldns'/],
  ] as const) {
    const { status, stderr } = bootflake('eval', `debian/trixie#${name}.drvPath`);
    assert.equal(status, 1);
    assert.match(stderr.replace(/\s+/g, ' '), message);
  }
});

test('every name that a message says is in Debian exists', { skip }, () => {
  const used = evaluated(`builtins.concatMap
    (entry: if entry ? use then [ entry.use ] else [ ])
    (builtins.attrValues ${table('other-software')})`) as string[];
  const modules = evaluated(`builtins.attrValues ${table('python-names')}`) as string[];
  const lists = [...lines('scripts/same-names.txt'), ...lines('distro/pkgs/not-compared.txt')];
  const listed = [...lists, ...namesOf('other-software'), ...used, ...modules];
  assert.ok(listed.length > 4000);
  assert.deepEqual(
    listed.filter((name) => !debian.has(name)),
    [],
  );
});

test('a name is in one table only', { skip }, () => {
  const lists = [...lines('scripts/same-names.txt'), ...lines('distro/pkgs/not-compared.txt')];
  const xorg = evaluated(`let tables = ${table('xorg-names')}; in builtins.attrNames (tables.programs // tables.others)`) as string[];
  const all = [...lists, ...['nixpkgs-names', 'other-software', 'not-in-debian'].flatMap(namesOf), ...xorg];
  assert.deepEqual(
    all.filter((name, i) => all.indexOf(name) !== i),
    [],
  );
});

test('programs that Debian has renamed have their upstream names', { skip }, () => {
  const names = ['bat', 'fd', 'yank'];
  const links = evaluated(`builtins.mapAttrs
    (_: choices: builtins.elemAt (builtins.head choices) 1)
    ${table('alternatives')}`) as Record<string, string>;
  const built = bootflake('build', ...names.map((name) => `debian/trixie#${name}`), '--no-link', '--print-out-paths');
  assert.equal(built.status, 0, built.stderr);
  const paths = built.stdout.trim().split('\n');
  for (const [i, name] of names.entries()) {
    assert.equal(readlinkSync(`${paths[i]}/bin/${name}`), `/usr/bin/${name}`);
    assert.ok(readdirSync(`${paths[i]}/bin`).includes(basename(links[`/usr/bin/${name}`]!)), name);
  }
});

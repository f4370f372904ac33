/**
 * Finds the names that Debian's archive and nixpkgs' top level share and that have not been compared: they may be different software.
 *
 *     node --import tsx scripts/compare-names.ts NAMES.json
 *
 * NAMES.json is the list of nixpkgs' names: nix eval nixpkgs#legacyPackages.x86_64-linux --apply builtins.attrNames --json. Debian's are
 * those of trixie and bookworm. Writes distro/pkgs/not-compared.txt, whose names throw when they are used. After checking a name, move it
 * to scripts/same-names.txt (the same software), to distro/pkgs/nixpkgs-names.nix (the same under another name), or to
 * distro/pkgs/other-software.nix.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const suites = ['trixie', 'bookworm'];
const output = 'distro/pkgs/not-compared.txt';

function evaluated(args: string[]): string[] {
  const all = ['dist/bootflake.js', 'eval', '--json', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

const nixpkgs = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as string[];
const debian = new Set(suites.flatMap((suite) => evaluated([`debian/${suite}#debianPackages`, '--apply', 'builtins.attrNames'])));
const same = readFileSync('scripts/same-names.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The names that the package set itself defines: its attributes over a minimal archive. */
const own = evaluated([
  '--impure',
  '--expr',
  `builtins.attrNames (import ./distro/pkgs {
  archive = {
    suite = "trixie";
    packages = { python3.version = "3.13"; linux-image-amd64 = { version = "6.12"; depends = ""; }; };
  };
})`,
]);
const known = new Set([...same, ...own]);

// Names that are already in the file stay until someone has checked them.
const before = readFileSync(output, 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const shared = [...new Set([...nixpkgs, ...before])].filter((name) => debian.has(name));
const left = shared.filter((name) => !known.has(name)).sort();
writeFileSync(output, left.map((name) => `${name}\n`).join(''));
process.stdout.write(`${shared.length} names are shared, ${left.length} of them not compared\n`);

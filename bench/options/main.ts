/**
 * `npm run bench:options -- OPTIONS.tsv [PACKAGES.tsv [AT-LEAST]]`: what share of the options and packages that public configurations
 * use the distribution has. Each line is NAME, a tab, the number of repositories that use it; `#` begins a comment. Those that fewer
 * than AT-LEAST repositories use (defaults to 3) do not count. Prints the shares by number and by use, and what is missing by use; of
 * packages also the share of those that Debian has, which leaves out what distro/pkgs/not-in-debian.nix and other-software.nix name,
 * `notPackages` and `notInSuite`.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { workplace } from '../../test/support/bootflake.ts';

interface Use {
  name: string;
  repositories: number;
}

const [optionsFile, packagesFile, atLeast = '3'] = process.argv.slice(2);
if (optionsFile === undefined) throw new Error('usage: npm run bench:options -- OPTIONS.tsv [PACKAGES.tsv [AT-LEAST]]');

function readUses(file: string | undefined): Use[] {
  if (file === undefined) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
    .map(([name = '', repositories]) => ({ name, repositories: Number(repositories) }))
    .filter(({ repositories }) => repositories >= Number(atLeast));
}

/** What the list has of variables and of package sets of other flakes: they are no packages of nixpkgs. */
const notPackages = ['agenix', 'cfg', 'en', 'en-computers', 'en-science', 'nur', 'p', 'unstable'];
/** Versions, and packages of other suites, that trixie has not. */
const notInSuite = [
  'gamescope',
  'intel-compute-runtime',
  'linuxPackages_6_18',
  'neofetch',
  'nodejs_24',
  'postgresql_16',
  'postgresql_18',
  'telegram-desktop',
];

const sum = (uses: Use[]): number => uses.reduce((total, use) => total + use.repositories, 0);
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function report(what: string, uses: Use[], missing: string[]): void {
  if (uses.length === 0) return;
  const lacking = uses.filter(({ name }) => missing.includes(name));
  const [number, use] = [percent(uses.length - lacking.length, uses.length), percent(sum(uses) - sum(lacking), sum(uses))];
  console.log(`${what}: ${uses.length - lacking.length} of ${uses.length}, ${number}; by use ${use}`);
  for (const { name, repositories } of lacking) console.log(`  ${String(repositories).padStart(3)}  ${name}`);
}

/** Names of packages that Debian has not. */
function readLacking(): Set<string> {
  const files = ['distro/pkgs/not-in-debian.nix', 'distro/pkgs/other-software.nix'];
  const names = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ {2}"?([\w.+-]+)"? =(?! \{)/gm)].map((found) => found[1] ?? ''),
  );
  return new Set([...names, ...notPackages, ...notInSuite]);
}

const place = workplace('bench-options');
const [options, packages] = [readUses(optionsFile), readUses(packagesFile)];
copyFileSync('bench/options/coverage.nix', join(place.folder, 'coverage.nix'));
const names = JSON.stringify({ options: options.map((o) => o.name), packages: packages.map((p) => p.name) });
writeFileSync(join(place.folder, 'names.json'), names);
writeFileSync(
  join(place.folder, 'flake.nix'),
  `{
    inputs.nixpkgs.url = "debian/trixie";
    outputs = { self, nixpkgs }: {
      missing = import ./coverage.nix ({ inherit nixpkgs; } // builtins.fromJSON (builtins.readFile ./names.json));
    };
  }`,
);
const printed = execFileSync(process.execPath, [resolve('dist/bootflake.js'), 'eval', '--json', `path:${place.folder}#missing`], {
  env: place.environment,
  maxBuffer: 1 << 26,
});
const missing = JSON.parse(printed.toString()) as { options: string[]; packages: string[] };
report('options', options, missing.options);
report('packages', packages, missing.packages);
const lacking = readLacking();
const had = packages.filter(({ name }) => !(missing.packages.includes(name) && lacking.has(name)));
report('packages that Debian has', had, missing.packages);
place.remove();

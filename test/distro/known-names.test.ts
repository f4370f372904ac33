/**
 * Compares the lists of time zones and locales, by which options are checked, with Debian's packages. ACCEPT=1 rewrites the lists.
 * Skipped when the packages cannot be fetched.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const lists = 'distro/nixos/modules/config';

const names = ['trixie tzdata', 'trixie tzdata-legacy', 'trixie locales', 'bookworm tzdata', 'bookworm locales'];

/** The unpacked packages by suite and name, all added to the store at once; undefined when they cannot be fetched. */
const packages = ((): Map<string, string> | undefined => {
  const wanted = names
    .map((name) => name.split(' '))
    .map(([suite, name]) => `debian/${suite}#legacyPackages.x86_64-linux.debianPackages.${name}.deb`);
  const args = ['dist/bootflake.js', 'build', ...wanted, '--no-link', '--print-out-paths'];
  const built = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 180_000 });
  if (built.status !== 0) return undefined;
  const paths = built.stdout.trim().split('\n');
  return new Map(names.map((name, i) => [name, paths[i]!]));
})();

/** Compiled zones start with "TZif"; tables and leap seconds are next to them. A link points to a zone, maybe in the other package. */
function isZone(path: string): boolean {
  if (lstatSync(path).isSymbolicLink()) return true;
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  return start.toString() === 'TZif';
}

function zonesOf(deb: string): string[] {
  const folder = join(deb, 'usr/share/zoneinfo');
  // Copies with other leap-second conventions, and two names that are specific to a machine.
  const left = /^(?:right|posix)\/|^(?:localtime|posixrules)$/;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => [path.slice(folder.length + 1), path] as const)
    .filter(([name, path]) => !left.test(name) && isZone(path))
    .map(([name]) => name);
}

const supportedOf = (deb: string): string[] =>
  readFileSync(join(deb, 'usr/share/i18n/SUPPORTED'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim());

function held(file: string, lines: string[]): void {
  const path = join(lists, file);
  const text = `${lines.sort().join('\n')}\n`;
  if (process.env.ACCEPT) writeFileSync(path, text);
  assert.equal(readFileSync(path, 'utf8'), text);
}

const skip = packages ? false : "Debian's packages could not be fetched";
const deb = (name: string): string => packages!.get(name)!;

test("the list of time zones is that of trixie's two packages and of bookworm's one", { skip }, () => {
  const current = zonesOf(deb('trixie tzdata'));
  const legacy = zonesOf(deb('trixie tzdata-legacy'));
  assert.ok(current.includes('Europe/Berlin') && legacy.includes('US/Eastern'));
  held('time-zones.txt', [...current, ...legacy.map((name) => `${name} legacy`)]);
  assert.deepEqual(zonesOf(deb('bookworm tzdata')).sort(), [...current, ...legacy].sort());
});

test('the list of locales is that of both suites', { skip }, () => {
  const trixie = supportedOf(deb('trixie locales'));
  const bookworm = supportedOf(deb('bookworm locales'));
  const both = new Set(trixie.filter((line) => bookworm.includes(line)));
  const only = (lines: string[], suite: string) => lines.filter((line) => !both.has(line)).map((line) => `${line} ${suite}`);
  assert.ok(both.has('de_DE.UTF-8 UTF-8'));
  held('locales.txt', [...both, ...only(trixie, 'trixie'), ...only(bookworm, 'bookworm')]);
});

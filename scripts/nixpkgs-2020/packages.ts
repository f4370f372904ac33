/**
 * Writes what stand-ins.nix needs into a folder: debian.json, the packages of its table with the libraries that they depend on, and
 * bootstrap/busybox, the program that unpacks them.
 *
 *   node --import tsx scripts/nixpkgs-2020/packages.ts FOLDER [MIRROR]
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [folder, mirror = 'http://deb.debian.org/debian'] = process.argv.slice(2);
assert.ok(folder, 'usage: packages.ts FOLDER [MIRROR]');

type Fields = Record<string, string>;

/** Packages that come from Debian 12 although 11 has them: a C library with its name services inside, and a patchelf that works. */
const newer = new Set(
  (
    'libc6 libc-bin libc6-dev libc-dev-bin libgcc-s1 libcrypt1 libcrypt-dev locales nscd linux-libc-dev patchelf libstdc++6 ' +
    'binutils binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0 libzstd1 libjansson4'
  ).split(' '),
);

async function get(file: string): Promise<Buffer> {
  const response = await fetch(`${mirror}/${file}`);
  assert.ok(response.ok, `${file}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function index(suite: string): Promise<Map<string, Fields>> {
  const text = gunzipSync(await get(`dists/${suite}/main/binary-amd64/Packages.gz`)).toString();
  const records = text
    .split('\n\n')
    .map((record) => Object.fromEntries([...record.matchAll(/^([\w-]+): (.*)$/gm)].map((m) => [m[1]!, m[2]!])));
  return new Map(records.filter(({ Package }) => Package).map((fields) => [fields.Package!, fields]));
}

const [old, recent] = await Promise.all([index('bullseye'), index('bookworm')]);
const find = (name: string): Fields | undefined => (newer.has(name) ? undefined : old.get(name)) ?? recent.get(name);
const needs = (fields: Fields): string[][] =>
  [fields['Pre-Depends'], fields.Depends]
    .flatMap((list) => list?.split(',') ?? [])
    .map((alternatives) => alternatives.split('|').map((one) => /^\s*([^\s:(]+)/.exec(one)![1]!));

const table = readFileSync(new URL('stand-ins.nix', import.meta.url), 'utf8').match(/\n {2}table = \{\n([^]*?)\n {2}\};/)![1]!;
const wanted = new Set(
  [...table.matchAll(/\[([^\]]*)\]/g)].flatMap((list) => [...list[1]!.matchAll(/"([^"]+)"/g)].map((m) => m[1]!)).concat('libstdc++6'),
);
const isLibrary = (name: string): boolean =>
  /^(?:lib.*|zlib1g)$/.test(name) && !/^lib.*-(?:perl|dev|bin|data|common)$|^libc-l10n$|^lib(?:pam|nss)-|^libperl/.test(name);

const packages: Record<string, object> = {};
const queue = [...wanted];
for (let name = queue.shift(); name; name = queue.shift()) {
  if (packages[name]) continue;
  let fields = find(name);
  assert.ok(fields, `Debian has no '${name}'`);
  // Kernels have their version in their name; the one without depends on the newest.
  if (/^linux-image-[a-z0-9]+$/.test(name)) fields = find(needs(fields)[0]![0]!)!;
  const depends = needs(fields)
    .map((alternatives) => alternatives.find((one) => isLibrary(one) && find(one)))
    .filter((one) => one !== undefined);
  packages[name] = {
    version: fields.Version,
    url: `${mirror}/${fields.Filename}`,
    file: fields.Filename,
    sha256: fields.SHA256,
    depends,
    perl: needs(fields)
      .flat()
      .some((one) => /^perl(?:-base)?$/.test(one)),
  };
  queue.push(...depends);
}

mkdirSync(join(folder, 'bootstrap'), { recursive: true });
writeFileSync(join(folder, 'debian.json'), JSON.stringify(packages, null, 1));
const busybox = find('busybox-static')!;
const deb = await get(busybox.Filename!);
assert.equal(createHash('sha256').update(deb).digest('hex'), busybox.SHA256);
writeFileSync(join(folder, 'busybox.deb'), deb);
execFileSync('dpkg-deb', ['-x', join(folder, 'busybox.deb'), join(folder, 'unpacked')]);
copyFileSync(join(folder, 'unpacked/bin/busybox'), join(folder, 'bootstrap/busybox'));
for (const name of ['busybox.deb', 'unpacked']) rmSync(join(folder, name), { recursive: true });
console.log(`${Object.keys(packages).length} packages`);

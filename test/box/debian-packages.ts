/** The packages of Debian from which the small nixpkgs in test/nixpkgs makes its stand-ins, with all that those depend on. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chooseMirrors } from '../../src/debian/mirrors.ts';
import { packagePlaces } from '../../src/debian/package-download.ts';
import { createHash } from 'node:crypto';
import type { Workplace } from '../support/bootflake.ts';

export interface StandInPackage {
  version: string;
  /** Below the mirror. */
  file: string;
  sha256: string;
  size: number;
  archive: 'debian' | 'debian-security';
  /** Other packages of the list. */
  depends: string[];
}

/** Names that table of stand-ins has, and what bootstraps them. */
export function wantedNames(): string[] {
  const table = /\n {2}table = \{\n([^]*?)\n {2}\};/.exec(readFileSync('test/nixpkgs/pkgs/stand-ins/default.nix', 'utf8'));
  assert.ok(table);
  return [...new Set([...table[1]!.matchAll(/"([^"]+)"/g)].map((match) => match[1]!)), 'patchelf', 'libstdc++6'];
}

const facts = `pkgs:
  let
    inherit (builtins) attrNames elem elemAt filter head isList isString listToAttrs map match split;
    wanted = @NAMES@;
    # Kernels have the version in their name; one package depends on the newest.
    kernel = head (filter (name: match "linux-image-[0-9].*" name != null) (namesIn pkgs.debianPackages.linux-image-cloud-amd64.record.depends));
    namesIn = text:
      let name = part: let m = match " *([a-z0-9][a-z0-9+.-]*).*" part; in if m == null then null else head m;
      in filter isString (map name (filter isString (split "[,|]" text)));
    closure = pkgs.debianArchive.resolve (filter (name: name != "linux-image-cloud-amd64") wanted);
    taken = filter (name: elem name wanted || match "lib.*|zlib1g" name != null && match "libperl.*|lib.*-perl|libc-l10n" name == null) closure;
    fact = record: {
      inherit (record) version sha256 size archive;
      file = record.filename;
      depends = filter (name: elem name taken) (namesIn ((record.preDepends or "") + "," + (record.depends or "")));
    };
  in
  listToAttrs (map (name: { inherit name; value = fact pkgs.debianPackages.\${name}.record; }) taken)
  // { linux-image-cloud-amd64 = fact pkgs.debianPackages.\${kernel}.record // { depends = [ ]; }; }`;

/** Returns the packages by name: resolved by the product in bookworm. */
export async function standInPackages(place: Workplace): Promise<Record<string, StandInPackage>> {
  const names = `[ ${wantedNames()
    .map((name) => JSON.stringify(name))
    .join(' ')} ]`;
  const asked = await place.bootflake([
    'eval',
    '--json',
    'debian/bookworm#legacyPackages.x86_64-linux',
    '--apply',
    facts.replace('@NAMES@', names),
  ]);
  assert.equal(asked.status, 0, asked.stderr);
  return JSON.parse(asked.stdout) as Record<string, StandInPackage>;
}

/** Downloads the packages into a folder, four at a time; returns where each is. */
export async function downloadPackages(packages: Record<string, StandInPackage>, folder: string): Promise<Map<string, string>> {
  mkdirSync(folder, { recursive: true });
  const mirrors = chooseMirrors();
  const files = new Map<string, string>();
  const queue = Object.entries(packages);
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [name, { version, file, sha256, size, archive }] = next;
      const wanted = { name, version, architecture: 'amd64', filename: file, archive, sha256, size };
      const [first] = packagePlaces(wanted, { mirrors, partsDir: join(folder, 'parts'), signal: AbortSignal.timeout(300_000) });
      const { bytes } = await first!.get();
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, file);
      const target = join(folder, basename(file).replaceAll('~', '_'));
      writeFileSync(target, bytes);
      files.set(file, target);
    }
  };
  await Promise.all([1, 2, 3, 4].map(work));
  return files;
}

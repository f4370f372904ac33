/**
 * An internet in a box: the proxy of test/fetch/forge.ts handles github.com, cache.nixos.org and debian.example.test. Behind them are the
 * small nixpkgs of test/nixpkgs and a binary cache that real nix has built, signed and filled; a client that knows the proxy, its
 * certificate and the cache's public key, all from the environment, sees nothing else of this.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeTar, type TarEntry } from '../debian/support/deb-maker.ts';
import { Forge } from '../fetch/forge.ts';
import type { Workplace } from '../support/bootflake.ts';
import { nix, program } from '../support/nix-oracle.ts';
import { downloadPackages, standInPackages, type StandInPackage } from './debian-packages.ts';

/** The date of the small nixpkgs' commit, 2023-09-24. */
const committed = 1695546000;

export class Box {
  forge!: Forge;
  readonly tree: string;
  readonly cache: string;
  /** The store in which real nix builds. */
  readonly nixStore: string;
  publicKey = '';
  /** The commit that `nixos-23.05` is: made from the tree, so that no client knows another tree under it. */
  revision = '';
  private packages: Record<string, StandInPackage> = {};
  private files = new Map<string, string>();

  constructor(private readonly place: Workplace) {
    this.tree = join(place.folder, 'nixpkgs');
    this.cache = join(place.folder, 'cache');
    this.nixStore = join(place.folder, 'nix');
  }

  /** Downloads packages, puts the small nixpkgs together, builds its stand-ins with real nix and fills the cache. */
  async fill(): Promise<void> {
    this.packages = await standInPackages(this.place);
    this.files = await downloadPackages(this.packages, join(this.place.folder, 'debs'));
    await this.assembleTree();
    this.addFixed([...this.files.values()]);
    const standIns = this.standIns();
    nix(['build', '--store', this.nixStore, '--no-link', '--impure', '--expr', `builtins.attrValues (import ${this.tree} { }).standIns`]);
    const key = join(this.place.folder, 'key');
    writeFileSync(key, nix(['key', 'generate-secret', '--key-name', 'cache.nixos.org-1']));
    this.publicKey = nix(['key', 'convert-secret-to-public'], { input: readFileSync(key) })
      .toString()
      .trim();
    nix(['copy', '--store', this.nixStore, '--to', `file://${this.cache}?secret-key=${key}&compression=zstd`, ...standIns]);
  }

  /** Starts the proxy. */
  async open(t: TestContext): Promise<void> {
    this.forge = await Forge.open(t);
    this.forge.github('NixOS', 'nixpkgs', { 'nixos-23.05': { rev: this.revision, files: treeEntries(this.tree, '') } });
    this.forge.folder('cache.nixos.org', this.cache);
    this.forge.folder('debian.example.test', join(this.place.folder, 'mirror'));
  }

  /** What a client's environment has to say: where the box is, and whose signatures count. */
  get environment(): NodeJS.ProcessEnv {
    return { ...this.forge.environment, NIX_CONFIG: `trusted-public-keys = ${this.publicKey}` };
  }

  /** The output paths of the stand-ins. */
  standIns(): string[] {
    const expression = `toString (builtins.attrValues (import ${this.tree} { }).standIns)`;
    return nix(['eval', '--store', this.nixStore, '--impure', '--raw', '--expr', expression]).toString().split(' ');
  }

  /** Takes paths out of the cache whose names match. */
  forget(pattern: RegExp): number {
    let count = 0;
    for (const name of readdirSync(this.cache)) {
      if (!name.endsWith('.narinfo') || !pattern.test(readFileSync(join(this.cache, name), 'utf8'))) continue;
      rmSync(join(this.cache, name));
      count++;
    }
    return count;
  }

  private addFixed(files: string[]): void {
    const added = spawnSync(`${program}-store`, ['--store', this.nixStore, '--add-fixed', 'sha256', ...files], { encoding: 'utf8' });
    assert.equal(added.status, 0, added.stderr);
  }

  private async assembleTree(): Promise<void> {
    cpSync('test/nixpkgs', this.tree, { recursive: true });
    cpSync('distro/lib', join(this.tree, 'lib'), { recursive: true });
    const loader = 'nixos/modules/boot-loader.nix';
    cpSync(join('test/image-builder/nixpkgs', loader), join(this.tree, loader));
    const standIns = join(this.tree, 'pkgs/stand-ins');
    writeFileSync(join(standIns, 'debian.json'), JSON.stringify(this.packages));
    const built = await this.place.bootflake([
      'build',
      '--no-link',
      '--print-out-paths',
      'debian/bookworm#debianPackages.busybox-static.deb',
    ]);
    assert.equal(built.status, 0, built.stderr);
    mkdirSync(join(standIns, 'bootstrap'));
    copyFileSync(join(built.stdout.trim(), 'bin/busybox'), join(standIns, 'bootstrap/busybox'));
    chmodSync(join(standIns, 'bootstrap/busybox'), 0o755);
    this.revision = createHash('sha1')
      .update(makeTar(treeEntries(this.tree, '')))
      .digest('hex');
    for (const [file, at] of this.files) {
      const target = join(this.place.folder, 'mirror/debian', file);
      mkdirSync(join(target, '..'), { recursive: true });
      linkSync(at, target);
    }
  }
}

function treeEntries(folder: string, prefix: string): TarEntry[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): TarEntry[] => {
    const [at, path] = [join(folder, entry.name), `${prefix}${entry.name}`];
    if (entry.isDirectory()) return [{ path: `${path}/`, mtime: committed }, ...treeEntries(at, `${path}/`)];
    return [{ path, mtime: committed, mode: statSync(at).mode & 0o777, contents: readFileSync(at) }];
  });
}

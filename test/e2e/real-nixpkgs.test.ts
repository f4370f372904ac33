/**
 * The blog's image on a real nixpkgs, compared with Nix. BOOTFLAKE_TEST_NIXPKGS is a folder with nixpkgs (a flake), BOOTFLAKE_TEST_KERNEL
 * the name of a kernel in it (defaults to linuxPackages). Nothing is built.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const nixpkgs = process.env.BOOTFLAKE_TEST_NIXPKGS;
const nix = process.env.BOOTFLAKE_TEST_NIX ?? '/usr/bin/nix';
const place = workplace('real-nixpkgs');
after(() => place.remove());

test("--image-builder nixpkgs gives Nix's derivation; our own builder uses the same system", async (t) => {
  if (nixpkgs === undefined || !existsSync(nix)) return t.skip('BOOTFLAKE_TEST_NIXPKGS names no nixpkgs, or nix is not here');
  const flake = join(place.folder, 'blog');
  cpSync('examples/blog', flake, { recursive: true });
  const edit = (file: string, pattern: RegExp, text: string): void =>
    writeFileSync(join(flake, file), readFileSync(join(flake, file), 'utf8').replace(pattern, text));
  edit('flake.nix', /debian\/trixie/, `path:${nixpkgs}`);
  edit('configuration.nix', /linuxPackages_\w+/, process.env.BOOTFLAKE_TEST_KERNEL ?? 'linuxPackages');
  edit('configuration.nix', /python313/, 'python3');
  edit('qcow.nix', /"hybrid"/, '"legacy"');
  const attribute = (name: string): string => `path:${flake}#nixosConfigurations.build-qcow2.config.system.build.${name}.drvPath`;
  const ours = async (name: string, ...options: string[]): Promise<string> => {
    const asked = await place.bootflake(['eval', '--raw', attribute(name), ...options], { cwd: flake });
    assert.equal(asked.status, 0, asked.stderr);
    return asked.stdout;
  };
  const theirs = (name: string): string => {
    const asked = spawnSync(
      nix,
      ['--extra-experimental-features', 'nix-command flakes', '--store', join(place.folder, 'store'), 'eval', '--raw', attribute(name)],
      { encoding: 'utf8', env: place.environment },
    );
    assert.equal(asked.status, 0, asked.stderr);
    return asked.stdout;
  };
  assert.equal(await ours('qcow2', '--image-builder', 'nixpkgs'), theirs('qcow2'));
  const image = await ours('qcow2');
  const derivation = readFileSync(join(place.environment.HOME!, '.local/share/bootflake', image), 'utf8');
  assert.ok(derivation.includes(`("${theirs('toplevel')}",["out"])`), derivation);
});

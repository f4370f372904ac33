/** Images of a flake that imports nixpkgs' make-disk-image.nix, built by us. The nixpkgs is a small test one with Debian's packages. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import { withNix } from '../support/nix-oracle.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('nixpkgs-image', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'machine');
cpSync('test/image-builder', flake, { recursive: true });

test("the flake in a git repository evaluates to our builder or to nixpkgs' own", async () => {
  await place.run('git', ['init', '-q'], { cwd: flake });
  await place.run('git', ['add', '.'], { cwd: flake });
  const ask = async (...options: string[]): Promise<{ stdout: string; stderr: string }> => {
    const asked = await place.bootflake(['eval', '--raw', '.#nixosConfigurations.hybrid.config.system.build.image.builder', ...options], {
      cwd: flake,
    });
    assert.equal(asked.status, 0, asked.stderr);
    return asked;
  };
  const native = await ask();
  assert.equal(native.stdout, 'builtin:disk-image');
  assert.match(native.stderr, /images are made by bootflake itself/);
  assert.equal((await ask('--image-builder', 'nixpkgs')).stdout, '/machine-in-a-machine');
  const wrong = await place.bootflake(['eval', '.#x', '--image-builder', 'other'], { cwd: flake });
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /cli\/bad-image-builder/);
});

for (const table of ['hybrid', 'legacy', 'legacy+boot', 'legacy+gpt', 'efi', 'efixbootldr', 'none']) {
  test(`${table}: builds reproducibly, and no checker finds a fault`, async (t) => {
    const build = async (...options: string[]): Promise<string> => {
      const built = await place.bootflake(
        ['build', `.#nixosConfigurations."${table}".config.system.build.image`, '--print-out-paths', ...options],
        { cwd: flake },
      );
      assert.equal(built.status, 0, built.stderr);
      return built.stdout.trim();
    };
    const path = await build();
    assert.equal(await build('--rebuild'), path);
    const raw = join(place.folder, 'disk.raw');
    if (table === 'hybrid') {
      await judge(t, 'qemu-img', ['check', join(flake, 'result/nixos.qcow2')]);
      await judge(t, 'qemu-img', ['convert', '-O', 'raw', join(flake, 'result/nixos.qcow2'), raw]);
    } else await place.run('cp', ['--sparse=always', '--no-preserve=mode', join(flake, 'result/nixos.img'), raw]);
    if ((table.startsWith('legacy') && table !== 'legacy+gpt') || table === 'none') return;
    assert.match(await judge(t, 'sgdisk', ['-v', raw]), /No problems found/);
  });
}

test('the variables of a firmware and what commands make are beside the image', async () => {
  const built = await place.bootflake(['build', '.#touch', '--out-link', 'touch', '--print-out-paths'], { cwd: flake });
  assert.equal(built.status, 0, built.stderr);
  const text = (name: string): string => readFileSync(join(flake, 'touch', name), 'utf8');
  assert.equal(text('efi-vars.fd'), 'variables\n');
  assert.equal(
    text('sum'),
    `${createHash('sha256')
      .update(readFileSync(join(flake, 'touch/nixos.img')))
      .digest('hex')}\n`,
  );
  assert.equal(
    text('nix-support/hydra-build-products'),
    `file raw-image ${built.stdout.trim().replace(/^.*(?=\/nix\/store\/)/, '')}/nixos.img\n`,
  );
});

const facts =
  'cat /proc/cmdline; systemctl --failed --no-legend | wc -l; stat -c "%U %G %a" /home/notes; test -e /sys/firmware/efi && echo uefi';

// With nix, e2e/nixpkgs boots such an image from a BIOS.
const elsewhere = { skip: !thorough && !withNix.skip && 'npm run test:all does this' };

test("hybrid boots from a BIOS by GRUB's menu on its boot partition", elsewhere, async () => {
  const booted = await place.bootflake(['run', '.#hybrid', '--exec', facts], { cwd: flake });
  assert.match(
    booted.stdout,
    /BOOT_IMAGE=\S*\/kernels\/\S+ init=\/nix\/store\/\S+\/init console=ttyS0[^]*\n0\r?\ntarn files 640/,
    booted.stderr,
  );
  assert.doesNotMatch(booted.stdout, /^uefi/m);
});

test('hybrid boots from UEFI by the GRUB that we linked', async () => {
  const booted = await place.bootflake(['run', '.#hybrid', '--firmware', 'uefi', '--exec', facts], { cwd: flake });
  assert.equal(booted.status, 0, booted.stderr);
  assert.match(booted.stdout, /BOOT_IMAGE=\S*\/kernels\/[^]*\n0\r?\ntarn files 640\r?\nuefi/);
});

test('efi boots by systemd-boot', async () => {
  const booted = await place.bootflake(
    ['run', '.#efi', '--firmware', 'uefi', '--exec', `${facts}; ls /sys/firmware/efi/efivars | grep LoaderInfo`],
    { cwd: flake },
  );
  assert.equal(booted.status, 0, booted.stderr);
  assert.match(booted.stdout, /initrd=\S*nixos[^]*\nuefi[^]*LoaderInfo/);
});

test("SQLite finds no fault in the image's Nix database", async (t) => {
  const raw = join(place.folder, 'disk.raw');
  await place.run('cp', ['--sparse=always', '--no-preserve=mode', join(flake, 'result/nixos.img'), raw]);
  const database = join(place.folder, 'db.sqlite');
  await judge(t, 'debugfs', ['-R', `dump /nix/var/nix/db/db.sqlite ${database}`, raw]);
  if (readFileSync(database).length === 0) return;
  assert.equal((await judge(t, 'sqlite3', [database, 'pragma integrity_check'])).trim(), 'ok');
  assert.match(await judge(t, 'sqlite3', [database, 'select path from ValidPaths']), /-nixos-system-/);
});

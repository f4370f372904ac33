/** Which builder makes the images of nixpkgs' make-disk-image.nix, and which of its arguments our own builder supports. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { FlakeEngine } from '../../src/session/engine.ts';
import { evaluateExpression } from '../../src/outputs/evaluate-expression.ts';
import { defaultFlakeOptions, type ImageBuilder } from '../../src/settings/options.ts';
import { resultKey } from '../../src/session/result-cache.ts';
import { parseInstallable } from '../../src/flake/installable.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const nixpkgs = join(folder, 'nixpkgs');
cpSync('test/image-builder/nixpkgs', nixpkgs, { recursive: true });

/** The parts of `config` and `pkgs` that an image uses, with derivations that are never built. */
const machine = `rec {
  lib = import ${resolve('distro/lib')};
  pkgs = {
    path = ${nixpkgs}; grub2 = thing "grub"; grub2_efi = thing "grub-efi"; OVMF.fd.variables = "/variables.fd";
    rsync = thing "rsync"; utillinux = thing "util-linux"; parted = thing "parted"; e2fsprogs = thing "e2fsprogs"; gptfdisk = thing "gptfdisk";
    runCommand = name: attrs: buildCommand: derivation (attrs // { inherit name buildCommand; system = "x86_64-linux"; builder = "/bash"; });
  };
  thing = name: derivation { inherit name; system = "x86_64-linux"; builder = "/none"; };
  config = {
    system = { build.toplevel = thing "nixos-system"; nixos = { version = "23.05"; versionSuffix = "pre"; }; };
    systemd.package = thing "systemd";
    users.users = { tarn = { isNormalUser = true; uid = 1000; }; later = { isNormalUser = true; uid = null; }; };
    users.groups = { files.gid = 990; later.gid = null; };
    networking.hostName = "nixos";
    boot.loader = {
      timeout = 5;
      efi.efiSysMountPoint = "/boot";
      systemd-boot.enable = false;
      grub = { enable = true; devices = [ "/dev/vda" ]; font = null; version = throw "removed"; trustedBoot = throw "removed"; };
      raspberryPi = throw "removed";
    };
  };
}`;

interface Asked {
  builder?: ImageBuilder;
  /** The expression that the function is imported by. */
  path?: string;
  /** Changes of boot.loader. */
  loader?: string;
  wanted?: string;
}

/** Evaluates an image with these arguments; returns the result and the notes. */
function image(
  args: string,
  { builder = 'native', path = `${nixpkgs}/nixos/lib/make-disk-image.nix`, loader = '{ }', wanted = 'drv: drv.drvPath' }: Asked = {},
): { answer: string; notes: string[] } {
  const notes: string[] = [];
  const refuse = (): never => assert.fail('the main thread is not called');
  const engine = new FlakeEngine(
    {
      flake: { ...defaultFlakeOptions, impure: true, imageBuilder: builder },
      baseDir: folder,
      storeRoot: join(folder, 'root'),
      cacheDir: join(folder, 'cache'),
      system: 'x86_64-linux',
    },
    {
      callMain: refuse,
      warn: (message) => assert.fail(message),
      evaluationWarning: (message) => assert.fail(message),
      trace: () => {},
      note: (message) => notes.push(message),
    },
  );
  const expr =
    `let m = ${machine}; config = m.lib.recursiveUpdate m.config { boot.loader = ${loader}; }; in (${wanted}) ` +
    `(import ${path} ({ inherit (m) lib pkgs; inherit config; } // ${args}))`;
  return { answer: evaluateExpression(engine, { expr, format: 'json' }), notes };
}

/** The attributes that the derivation passes to our builder. */
function attributes(args: string, asked: Asked = {}): Record<string, unknown> {
  const wanted = 'drv: builtins.unsafeDiscardStringContext (builtins.toJSON drv.drvAttrs)';
  return JSON.parse(JSON.parse(image(args, { ...asked, wanted }).answer) as string) as Record<string, unknown>;
}

function refusal(args: string, asked: Asked = {}): string {
  try {
    image(args, asked);
  } catch (error) {
    assert.ok(error instanceof BootflakeError, String(error));
    return error.message;
  }
  return assert.fail(`${args} was taken`);
}

test('the machine that the configuration describes is beside the image', () => {
  const { answer } = image('{ format = "qcow2"; }', { wanted: 'drv: builtins.toJSON drv.machineDescription' });
  const { schema, memory, disks, qemuArguments } = JSON.parse(JSON.parse(answer) as string) as Record<string, unknown>;
  assert.deepEqual({ schema, memory, disks, qemuArguments }, { schema: 1, memory: null, disks: [], qemuArguments: [] });
});

test('uses our function by default, however its path was written, and says so', () => {
  const builders = [
    `${nixpkgs}/nixos/lib/make-disk-image.nix`,
    `"\${toString ${nixpkgs}/nixos/modules}/../lib/make-disk-image.nix"`,
    `(${nixpkgs}/nixos/modules + "/../lib/make-disk-image.nix")`,
  ].map((path) => image('{ }', { path, wanted: 'drv: drv.builder' }));
  assert.deepEqual(
    builders.map(({ answer }) => answer),
    builders.map(() => '"builtin:disk-image"'),
  );
  assert.match(builders[0]!.notes.join(), /nixos\/lib\/make-disk-image\.nix: images are made by bootflake itself.*--image-builder nixpkgs/);
});

test("uses nixpkgs' own function with --image-builder nixpkgs", () => {
  const { answer, notes } = image('{ }', { builder: 'nixpkgs', wanted: 'drv: { inherit (drv) builder name; }' });
  assert.deepEqual(JSON.parse(answer), { builder: '/machine-in-a-machine', name: 'nixos-disk-image' });
  assert.deepEqual(notes, []);
});

test('does not replace a file of that name elsewhere', () => {
  const other = join(folder, 'other');
  cpSync(nixpkgs, other, { recursive: true });
  rmSync(join(other, 'pkgs'), { recursive: true });
  assert.equal(
    image('{ }', { path: `${other}/nixos/lib/make-disk-image.nix`, wanted: 'drv: drv.builder' }).answer,
    '"/machine-in-a-machine"',
  );
});

test('the key of a cached evaluation depends on the image builder', () => {
  const keys = (['native', 'nixpkgs'] as const).map((builder) =>
    resultKey(
      parseInstallable('path:/flake#image', folder),
      { narHash: 'x' },
      { purpose: 'build', system: 'x86_64-linux', imageBuilder: builder, features: [] },
    ),
  );
  assert.notEqual(keys[0], keys[1]);
});

test("has nixpkgs' defaults", () => {
  const attrs = attributes('{ }');
  const { bootLoader, channel, ...rest } = attrs;
  assert.equal(attrs.partitionTableType, 'legacy');
  assert.deepEqual(
    {
      diskSize: rest.diskSize,
      additionalSpace: rest.additionalSpace,
      bootSize: rest.bootSize,
      format: rest.format,
      label: rest.label,
      baseName: rest.baseName,
    },
    { diskSize: 'auto', additionalSpace: '512M', bootSize: '256M', format: 'raw', label: 'nixos', baseName: 'nixos' },
  );
  assert.deepEqual(rest.uuids, {
    root: 'F222513B-DED1-49FA-B591-20CE86A2FE7F',
    hashSeed: 'F222513B-DED1-49FA-B591-20CE86A2FE7F',
    partitions: [],
  });
  assert.match(String(channel), /-nixos-23\.05$/);
  const { kind, bios, efi, timeout } = bootLoader as Record<string, unknown>;
  assert.deepEqual({ kind, efi, timeout }, { kind: 'grub', efi: null, timeout: 5 });
  assert.match(String(bios), /-grub$/);
});

test('passes every supported argument to the builder', () => {
  const uuid = '11111111-2222-3333-4444-555555555555';
  const attrs = attributes(`{
    diskSize = "2048"; additionalSpace = "1048577"; bootSize = "100M"; partitionTableType = "hybrid"; format = "qcow2-compressed"; label = "disk"; name = "n"; baseName = "b";
    configFile = ${nixpkgs}/flake.nix; copyChannel = false; memSize = 4096; OVMF = throw "not looked at"; deterministic = true; rootGPUID = "${uuid}"; reproducible = true; populateRootWith = "mke2fs";
    additionalPaths = [ m.pkgs.grub2 ];
    contents = [ { source = ${nixpkgs}/flake.nix; target = "/f"; mode = "600"; user = "tarn"; group = "files"; } { source = "/nix/store/x/*"; target = "/g"; } ];
  }`);
  assert.deepEqual(
    [attrs.diskSize, attrs.additionalSpace, attrs.bootSize, attrs.format, attrs.label, attrs.name, attrs.baseName],
    [2048, '2M', '100M', 'qcow2-compressed', 'disk', 'n', 'b'],
  );
  assert.equal(attrs.channel, undefined);
  assert.match(String(attrs.configFile), /-flake\.nix$/);
  assert.deepEqual((attrs.uuids as { partitions: string[] }).partitions[2], uuid);
  assert.match(String(attrs.additionalPaths), /-grub$/);
  const [first, second] = attrs.contents as Record<string, unknown>[];
  assert.deepEqual({ ...first, source: '' }, { source: '', target: '/f', mode: '600', user: 1000, group: 990 });
  assert.deepEqual(second, { source: '/nix/store/x/*', target: '/g', mode: null, user: 0, group: 0 });
  assert.equal(attributes('{ deterministic = false; }').uuids, undefined);
  const store = attributes('{ onlyNixStore = true; partitionTableType = "none"; }');
  assert.deepEqual([store.onlyStore, store.label, store.bootLoader, store.channel], [true, 'nix-store', undefined, undefined]);
});

test("a container's settings go to the builder", () => {
  const attrs = attributes('{ format = "vma.zst"; container = { config = "cores: 1"; time = 5; }; }');
  assert.deepEqual([attrs.format, attrs.container], ['vma.zst', { config: 'cores: 1', time: 5 }]);
});

test('an image without a boot loader has none, as in nixpkgs', () => {
  assert.deepEqual(attributes('{ }', { loader: '{ grub.enable = false; }' }).bootLoader, { kind: 'none' });
});

test('installs systemd-boot on one partition and on two', () => {
  const loader = '{ grub.enable = false; systemd-boot.enable = true; }';
  const one = attributes('{ partitionTableType = "efi"; }', { loader }).bootLoader as Record<string, unknown>;
  assert.deepEqual([one.kind, one.xbootldr], ['systemd-boot', false]);
  const two = attributes('{ partitionTableType = "efixbootldr"; }', {
    loader: '{ grub.enable = false; systemd-boot = { enable = true; xbootldrMountPoint = "/boot"; }; efi.efiSysMountPoint = "/efi"; }',
  }).bootLoader as Record<string, unknown>;
  assert.equal(two.xbootldr, true);
});

test('commands in postVM are an ordinary derivation after ours', () => {
  const wanted = `drv: { inherit (drv) name builder outputName type passthru meta; inputs = map (drv: drv.name) (map (path:
    { name = builtins.substring 33 (-1) (baseNameOf path); }) (builtins.attrNames (builtins.getContext drv.buildCommand)));
    text = builtins.unsafeDiscardStringContext drv.buildCommand; }`;
  const ask = (args: string): Record<string, unknown> => {
    const { answer } = image(args, {
      wanted: `drv: removeAttrs ((${wanted}) drv) [ "passthru" ] // { hasPath = drv.passthru ? filePath; }`,
    });
    return JSON.parse(answer) as Record<string, unknown>;
  };
  const { text, inputs, ...facts } = ask('{ name = "azure-image"; baseName = "b"; format = "vpc"; postVM = "pack $diskImage"; }');
  assert.deepEqual(facts, { name: 'azure-image', builder: '/bash', outputName: 'out', type: 'derivation', meta: {}, hasPath: false });
  assert.deepEqual([...(inputs as string[])].sort(), [
    'azure-image.drv',
    'e2fsprogs.drv',
    'gptfdisk.drv',
    'parted.drv',
    'rsync.drv',
    'util-linux.drv',
  ]);
  assert.match(String(text), /set \+u \+o pipefail[^]*\ndiskImage=\$out\/b\.vhd\n[^]*\npack \$diskImage\n$/);
  assert.doesNotMatch(String(text), /efiVars|normaliseVhdFooter/);
  const more = ask('{ postVM = "x"; reproducible = true; deterministic = false; onlyNixStore = true; partitionTableType = "none"; }');
  assert.match(String(more.text), /normaliseVhdFooter\(\)/);
  assert.doesNotMatch(String(more.text), /pipefail/);
  assert.equal((more.inputs as string[]).includes('gptfdisk.drv'), false);
});

test("touchEFIVars puts the firmware's variables beside the image", () => {
  const loader = '{ grub = { devices = [ "nodev" ]; efiSupport = true; }; }';
  const wanted = 'drv: { inherit (drv) buildCommand; inherit (drv.passthru) filePath; }';
  const { answer } = image('{ touchEFIVars = true; partitionTableType = "efi"; format = "qcow2"; }', { loader, wanted });
  const { buildCommand, filePath } = JSON.parse(answer) as { buildCommand: string; filePath: string };
  assert.equal(filePath, 'nixos.qcow2');
  assert.match(buildCommand, /\nefiVars=\$out\/efi-vars\.fd\ncp \/variables\.fd \$efiVars\nchmod 0644 \$efiVars\n/);
});

test('links that a command of the boot loader makes are in the image', () => {
  const loader = (text: string): string => `{ grub.devices = [ "nodev" ]; grub.extraInstallCommands = ${JSON.stringify(text)}; }`;
  const ln = '  /nix/store/x/bin/ln -fs /boot/grub /boot/grub2\n# a comment\n\n';
  const links = (attributes('{ partitionTableType = "none"; }', { loader: loader(ln) }).bootLoader as Record<string, unknown>).links;
  assert.deepEqual(links, { grub2: '/boot/grub' });
  assert.equal((attributes('{ }').bootLoader as Record<string, unknown>).links, undefined);
  for (const line of ['ln -f /boot/grub /boot/grub2', 'ln -s /boot/grub /etc/grub2', 'ln -s a /boot/b; rm x', 'ln -s /boot/grub /boot/'])
    assert.match(refusal('{ partitionTableType = "none"; }', { loader: loader(line) }), /extraInstallCommands is commands/);
  // FAT has no links.
  assert.match(refusal('{ partitionTableType = "hybrid"; }', { loader: loader(ln) }), /extraInstallCommands is commands/);
});

test("nixpkgs' functions for roots on ZFS are refused by their names", () => {
  for (const name of ['make-single-disk-zfs-image.nix', 'make-multi-disk-zfs-image.nix']) {
    const path = `${nixpkgs}/nixos/lib/${name}`;
    assert.match(
      refusal('{ name = "amazon"; }', { path }),
      new RegExp(`^${name}: the image "amazon" has its root on ZFS.*--image-builder nixpkgs`),
    );
    assert.equal(image('{ }', { path, builder: 'nixpkgs', wanted: 'drv: drv.builder' }).answer, '"/machine-in-a-machine"');
  }
});

const refused: [args: string, message: RegExp, loader?: string][] = [
  ['{ format = "qed"; }', /format = "qed" has no writer\. There are "raw", .*"raw\.zst"\..*--image-builder nixpkgs/],
  ['{ format = "ova"; container.config = ""; }', /container\.config is nothing that the format "ova" has\. There are name, description/],
  ['{ container.name = ""; }', /container\.name is nothing that the format "raw" has\. Leave `container' out/],
  ['{ format = "iso"; }', /format = "iso" has no writer/],
  ['{ partitionTableType = "mbr"; }', /partitionTableType = "mbr" is not known\. There are "hybrid"/],
  ['{ fsType = "btrfs"; }', /fsType = "btrfs" has no writer/],
  ['{ diskSize = "big"; }', /diskSize = "big" is neither/],
  ['{ touchEFIVars = true; partitionTableType = "legacy"; }', /`touchEFIVars' is for a firmware for UEFI.*Take "efi" or "hybrid"/],
  ['{ onlyNixStore = true; installBootLoader = true; }', /`onlyNixStore'/],
  ['{ rootFSUID = null; }', /`deterministic' needs a `rootFSUID'/],
  ['{ label = "a-label-of-many-bytes"; }', /too long/],
  ['{ contents = [ { source = "/x"; target = "/y"; user = "tarn"; } ]; }', /only one of `user' and `group'/],
  [
    '{ contents = [ { source = "/x"; target = "/y"; user = "later"; group = "later"; } ]; }',
    /users\.users\.later\.uid[^]*users\.groups\.later\.gid/,
  ],
  ['{ contents = [ { source = "/x"; target = "/y"; mode = "u+w"; } ]; }', /mode "u\+w"/],
  ['{ partitionTableType = "efi"; }', /no place for GRUB for BIOS/],
  ['{ partitionTableType = "legacy"; }', /no EFI system partition/, '{ grub.efiSupport = true; }'],
  [
    '{ partitionTableType = "hybrid"; }',
    /efiSysMountPoint is "\/boot\/efi"/,
    '{ grub.efiSupport = true; efi.efiSysMountPoint = "/boot/efi"; }',
  ],
  ['{ }', /boot\.loader\.limine is not made here/, '{ grub.enable = false; limine.enable = true; }'],
  ['{ }', /extraPrepareConfig is commands.*rm -rf/, '{ grub.extraPrepareConfig = "rm -rf /x\\n"; }'],
  ['{ unknown = 1; }', /unexpected argument.*unknown|called with unexpected argument 'unknown'/],
];

test('suggests the right name for a misspelt argument', () => {
  assert.throws(
    () => image('{ diskSiz = 1; }'),
    (error: BootflakeError) => /unexpected argument 'diskSiz'/.test(error.message) && error.hint === 'did you mean `diskSize`?',
  );
});

for (const [args, message, loader] of refused) {
  test(`refuses by name: ${args}${loader ? ` with ${loader}` : ''}`, () =>
    assert.match(refusal(args, loader === undefined ? {} : { loader }), message));
}

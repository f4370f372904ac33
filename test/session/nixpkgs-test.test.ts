/** Tests that nixpkgs makes: under `bootflake test` they have our driver, everything else is as real Nix has it. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { parseDescription, type TestDescription } from '../../src/nixos-test/description.ts';
import { evaluateExpression } from '../../src/outputs/evaluate-expression.ts';
import { FlakeEngine } from '../../src/session/engine.ts';
import { defaultFlakeOptions } from '../../src/settings/options.ts';
import { wantedNames } from '../box/debian-packages.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();

/** The small nixpkgs, whose packages are never built. */
function assembleTree(name: string): string {
  const tree = join(folder, name);
  cpSync('test/nixpkgs', tree, { recursive: true });
  cpSync('distro/lib', join(tree, 'lib'), { recursive: true });
  const loader = 'nixos/modules/boot-loader.nix';
  cpSync(join('test/image-builder/nixpkgs', loader), join(tree, loader));
  const standIns = join(tree, 'pkgs/stand-ins');
  const fact = (deb: string) => ({ version: '1.0-1', file: `pool/${deb}.deb`, sha256: '0'.repeat(64), depends: [] });
  writeFileSync(join(standIns, 'debian.json'), JSON.stringify(Object.fromEntries(wantedNames().map((deb) => [deb, fact(deb)]))));
  mkdirSync(join(standIns, 'bootstrap'));
  writeFileSync(join(standIns, 'bootstrap/busybox'), '');
  return tree;
}

const since2211 = assembleTree('nixpkgs');
const upTo2205 = assembleTree('nixpkgs-22.05');
rmSync(join(upTo2205, 'nixos/lib/testing'), { recursive: true });
cpSync('test/nixpkgs-22.05', upTo2205, { recursive: true });

type Maker = (test: string) => string;
const eras: [era: string, make: Maker][] = [
  ['since 22.11', (made) => `(import ${since2211} { system = "x86_64-linux"; }).testers.runNixOSTest (${made})`],
  [
    'up to 22.05',
    (made) =>
      `(import ${upTo2205}/nixos/lib/testing-python.nix { system = "x86_64-linux"; pkgs = import ${upTo2205} { system = "x86_64-linux"; }; })` +
      `.makeTest (${made})`,
  ],
];

function evaluate(expr: string, nativeTests: boolean, impure = true): { value: unknown; notes: string[] } {
  const notes: string[] = [];
  const engine = new FlakeEngine(
    {
      flake: { ...defaultFlakeOptions, impure, nativeTests },
      baseDir: folder,
      storeRoot: join(folder, 'root'),
      cacheDir: join(folder, 'cache'),
      system: 'x86_64-linux',
    },
    {
      callMain: () => assert.fail('the main thread is not called'),
      warn: (message) => assert.fail(message),
      evaluationWarning: (message) => assert.fail(message),
      trace: () => {},
      note: (message) => notes.push(message),
    },
  );
  return { value: JSON.parse(evaluateExpression(engine, { expr, format: 'json' })), notes };
}

const ofDriver = (made: string, driver = 'driver') =>
  `let entry = builtins.head (${made}).${driver}.entries; in builtins.unsafeDiscardStringContext entry.text`;

function described(make: Maker, text: string, driver?: string): TestDescription {
  return parseDescription(evaluate(ofDriver(make(text), driver), true).value as string, 'test.json');
}

const two = `{
  name = "two";
  nodes.server = { virtualisation = { memorySize = 700; cores = 2; diskSize = 300; emptyDiskImages = [ 20 30 ]; vlans = [ 1 17 ]; }; };
  nodes.client = { virtualisation.qemu.options = [ "-device usb-ehci,id=ehci" ]; boot.kernelParams = [ "quiet" ]; };
  testScript = "start_all()\\n";
}`;

for (const [era, make] of eras) {
  test(`${era}: the driver has nixpkgs' machines, with our disks`, () => {
    const { name, script, globalTimeout, nodes } = described(make, two);
    assert.deepEqual([name, script, globalTimeout], ['two', 'start_all()\n', 3600]);
    const [client, server] = nodes;
    assert.deepEqual([client!.name, client!.memory, client!.cores, client!.disks], ['client', 1024, 1, []]);
    assert.deepEqual([server!.name, server!.memory, server!.cores, server!.disks], ['server', 700, 2, [{ size: 20 }, { size: 30 }]]);
    assert.deepEqual(client!.networks, [{ vlan: 1, mac: '52:54:00:12:01:01' }]);
    assert.deepEqual(server!.networks, [
      { vlan: 1, mac: '52:54:00:12:01:02' },
      { vlan: 17, mac: '52:54:00:12:11:02' },
    ]);
    assert.deepEqual(client!.qemuArguments, ['-device', 'usb-ehci,id=ehci', '-device', 'virtio-keyboard']);
    const { file, initrd, commandLine } = client!.kernel!;
    assert.match(file, /-nixos-system-client-23\.05pre-git\/kernel$/);
    assert.match(initrd, /-nixos-system-client-23\.05pre-git\/initrd$/);
    assert.match(
      commandLine,
      /^quiet console=ttyS0 panic=1 loglevel=4 init=\/nix\/store\/\S+\/init regInfo=\/nix\/store\/\S+-registration console=tty0 console=ttyS0,115200n8 no_timer_check$/,
    );
    assert.equal(client!.serial, 'root');
    assert.match(client!.store!, /-nixos-test-store-client$/);
    assert.match(server!.image, /-nixos-test-root-server$/);
  });

  test(`${era}: firmware, TPM and a restricted network are those that all our machines may have`, () => {
    const changed = two.replace('cores = 2;', 'useEFIBoot = true; tpm.enable = true; restrictNetwork = true;');
    const [client, server] = described(make, changed).nodes;
    assert.deepEqual([server!.firmware, server!.tpm, server!.restrictNetwork], ['uefi', true, true]);
    assert.deepEqual(server!.qemuArguments, ['-device', 'virtio-keyboard']);
    assert.deepEqual([client!.firmware, client!.tpm, client!.restrictNetwork], ['bios', false, false]);
  });

  test(`${era}: the store has what the script and the command line mention; the root's disk is of the configuration's size`, () => {
    const made = make(two.replace('start_all()', '${builtins.toFile "notes" "x"}'));
    const inputs = `builtins.readFile (builtins.head (builtins.filter (p: builtins.match ".*-nixos-test-WHICH-server.drv" p != null)
      (builtins.attrNames (builtins.getContext (builtins.head (${made}).driver.entries).text))))`;
    const of = (which: string) => evaluate(inputs.replace('WHICH', which), true).value as string;
    assert.match(of('root'), /"diskSize\\":300/);
    const store = of('store');
    assert.match(store, /"onlyStore\\":true/);
    assert.match(store, /-test-references/);
    assert.match(store, /-nixos-system-server-23\.05pre-git/);
  });

  test(`${era}: the backdoor is our shell, the store a disk, and no folder is shared`, () => {
    const node = era.startsWith('up') ? 'nodes.client.config' : 'nodes.client';
    const { value } = evaluate(
      `let c = (${make(two)}).${node}; in {
         inherit (c.fileSystems."/nix/.ro-store") device fsType options neededForBoot;
         shared = map (p: c.fileSystems.\${p}.fsType) [ "/tmp/xchg" "/tmp/shared" ];
         inherit (c.systemd.services.backdoor) requires script;
       }`,
      true,
    );
    const { script, ...rest } = value as { script: string };
    assert.deepEqual(rest, {
      device: '/dev/disk/by-label/nix-store',
      fsType: 'ext4',
      options: ['ro'],
      neededForBoot: true,
      shared: ['tmpfs', 'tmpfs'],
      requires: [],
    });
    assert.match(script, /exec \/nix\/store\/\S+-perl-stand-in-1\.0\/bin\/perl \/nix\/store\/\S+-guest-shell\.pl/);
  });

  test(`${era}: a test for a prompt has its driver`, () => {
    assert.equal(described(make, two, 'driverInteractive').name, 'two');
  });

  test(`${era}: the note says whose driver it is`, () => {
    assert.match(evaluate(ofDriver(make(two)), true).notes.join('\n'), /the test's machines are started by bootflake itself/);
  });

  test(`${era}: outside of bootflake test everything is nixpkgs' own, as real Nix has it`, withNix, () => {
    const all = `let t = ${make(two)}; in { test = t.drvPath; driver = t.driver.drvPath; }`;
    const theirs = JSON.parse(nix(['eval', '--impure', '--json', '--expr', all]).toString()) as unknown;
    const { value, notes } = evaluate(all, false);
    assert.deepEqual([value, notes], [theirs, []]);
  });

  test(`${era}: with our driver, packages and the machines' other derivations are real Nix's`, withNix, () => {
    const node = era.startsWith('up') ? 'nodes.server.config' : 'nodes.server';
    const rest = `let c = (${make(two)}).${node}; in {
      path = c.system.build.path.drvPath; modules = c.system.modulesTree.drvPath; stage2 = c.system.build.bootStage2.drvPath;
      options = builtins.length c.virtualisation.qemu.options; name = c.system.name;
    }`;
    const theirs = JSON.parse(nix(['eval', '--impure', '--json', '--expr', rest]).toString()) as unknown;
    assert.deepEqual(evaluate(rest, true).value, theirs);
  });

  for (const [setting, message] of [
    ['useBootLoader = true', /`two' cannot be run by bootflake: its machine `server' sets virtualisation\.useBootLoader\./],
    ['diskImage = null', /has no disk/],
    ['qemu.diskInterface = "scsi"', /virtualisation\.qemu\.diskInterface = "scsi"/],
    ['sharedDirectories.mine = { source = "/srv"; target = "/srv"; }', /virtualisation\.sharedDirectories\.mine\./],
    ['qemu.options = [ "-cdrom $ISO" ]', /virtualisation\.qemu\.options\): -cdrom \$ISO/],
    ['qemu.networkingOptions = [ "-nic none" ]', /virtualisation\.qemu\.networkingOptions/],
    ['qemu.drives = [ { name = "usb"; file = "/dev/sdb"; } ]', /virtualisation\.qemu\.drives/],
  ] as const) {
    test(`${era}: refused by name: virtualisation.${setting}`, () => {
      const made = make(two.replace('memorySize = 700;', `memorySize = 700; ${setting};`));
      assert.throws(
        () => evaluate(ofDriver(made), true),
        (error) => error instanceof BootflakeError && message.test(error.message),
      );
    });
  }

  test(`${era}: packages of Python are refused by name`, () => {
    const made = make(two.replace('name = "two";', 'name = "two"; extraPythonPackages = p: [ p.numpy ];'));
    assert.throws(() => evaluate(ofDriver(made), true), { message: /`two' cannot be run by bootflake: .*\(extraPythonPackages\)/ });
  });
}

test('a pure evaluation reads no file under the names of replaced ones', () => {
  for (const path of ['/__bootflake__/theirs/etc/passwd', `/__bootflake__/theirs${since2211}/nixos/lib/testing/run.nix`])
    assert.throws(() => evaluate(`import ${path}`, true, false), { code: 'eval/forbidden-path' });
  const joined = `/__bootflake__/joined/distro/nixos/lib/testing/nixpkgs/testing-python.nix/etc/passwd`;
  assert.throws(() => evaluate(`import ${joined} { }`, true, false), { code: 'eval/forbidden-path' });
  assert.throws(() => evaluate('builtins.readFile /__bootflake__/theirs/etc/passwd', true, false));
  assert.throws(() => evaluate('"${/__bootflake__/distro/nixos/lib}"', true, false));
});

test('what a machine of nixpkgs has changed in the guest shell is in it, once', () => {
  const shell = readFileSync('distro/nixos/modules/virtualisation/guest-shell.pl', 'latin1');
  assert.equal(shell.split("-e '/lib64/ld-linux-x86-64.so.2'").length, 2);
});

/**
 * The blog's three files, word for word, from an empty home to a login, through an internet in a box. The nixpkgs there is a small one of
 * our own; its programs are Debian's, moved to store paths; all of it is built and signed by real nix 2.34.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box } from '../box/box.ts';
import { workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import { nix, program, withNix } from '../support/nix-oracle.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { thorough } from '../support/thorough.ts';
import { Terminal } from '../support/terminal.ts';

const place = workplace('nixpkgs', { keep: process.env.BOOTFLAKE_TEST_PLACE });
const box = new Box(place);
after(() => place.remove());

const attribute = '.#nixosConfigurations.build-qcow2.config.system.build';
/** The user's folder, and a home in which nothing was done yet. */
const user = join(place.folder, 'user');
const flake = join(user, 'blog');
const asUser = (): NodeJS.ProcessEnv => ({ ...box.environment, HOME: user });

before(async () => {
  if (withNix.skip) return;
  await box.fill();
  cpSync('test/box/blog', flake, { recursive: true });
  await place.run('git', ['init', '-q'], { cwd: flake });
  await place.run('git', ['add', '.'], { cwd: flake });
});

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

let image = '';

test("the blog's command makes result/nixos.qcow2", withNix, async (t) => {
  await box.open(t);
  const built = await place.bootflake(['build', `${attribute}.qcow2`], { cwd: flake, environment: asUser() });
  assert.equal(built.status, 0, built.stderr);
  console.log(`# ${built.seconds.toFixed(1)} s`);
  image = join(flake, 'result/nixos.qcow2');
  assert.match(readFileSync(join(flake, 'flake.lock'), 'utf8'), new RegExp(box.revision));
  const asked = box.forge.takeAsked();
  assert.ok(asked.some((line) => /^200 cache\.nixos\.org\/nar\//.test(line)));
  assert.deepEqual(
    asked.filter((line) => !/^(?:200|404|302) (?:cache\.nixos\.org|github\.com|api\.github\.com|codeload\.example\.test)\//.test(line)),
    [],
    'nothing else was asked for: the flake, and the cache',
  );
  // What only building needs is not fetched.
  assert.doesNotMatch(built.stderr, /copying path '\S+patchelf/);
});

test("the system has real nix's paths, each with real nix's bytes", withNix, async (t) => {
  await box.open(t);
  const toplevel = await place.bootflake(['eval', '--raw', `${attribute}.toplevel`], { cwd: flake, environment: asUser() });
  assert.equal(toplevel.status, 0, toplevel.stderr);
  const variables = Object.entries(asUser()).map(([name, value]) => `${name}=${value}`);
  // Not by `nix`, which would stop this process, and with it the proxy.
  const build = ['build', '--store', box.nixStore, '--no-link', '--print-out-paths', `${attribute}.toplevel`];
  const theirs = await place.run('env', [...variables, program, ...build], { cwd: flake });
  assert.equal(theirs.status, 0, theirs.stderr);
  assert.equal(theirs.stdout.trim(), toplevel.stdout);
  const info = nix(['path-info', '--store', box.nixStore, '--json', '-r', toplevel.stdout]).toString();
  const expected = Object.entries(JSON.parse(info) as Record<string, { narHash: string; references: string[] }>);
  const store = LocalStore.open({ root: join(user, '.local/share/bootflake') });
  t.after(() => store.close());
  for (const [path, { narHash, references }] of expected) {
    const mine = store.queryPathInfo(path);
    assert.deepEqual([path, mine?.narHash, mine?.references], [path, narHash, references.sort()]);
  }
  assert.ok(expected.length > 90, `${expected.length} paths`);
});

test('the image boots as in the blog: login without a password, uname, python, poweroff', withNix, async (t) => {
  const root = join(user, 'root.qcow2');
  copyFileSync(image, root);
  chmodSync(root, 0o644);
  const terminal = new Terminal(
    [
      ...[
        'qemu-system-x86_64',
        '-name',
        'nixos',
        '-m',
        '1G',
        '-drive',
        `cache=writeback,file=${root},id=drive1,if=none,index=1,werror=report`,
      ],
      ...['-device', 'virtio-blk-pci,bootindex=1,drive=drive1', '-nographic', '-no-reboot'],
    ],
    { cwd: user, environment: place.environment, encoding: 'latin1' },
  );
  t.after(() => terminal.kill());
  const until = async (pattern: RegExp): Promise<string> => {
    const match = await terminal.waitFor(pattern, { seconds: 300, hopeless: /Kernel panic - not syncing/ });
    assert.ok(match, `no ${pattern} after:\n${terminal.rest().slice(-3000)}`);
    return match[0];
  };
  await until(new RegExp(`<<< Welcome to NixOS 23\\.05\\.20230924\\.${box.revision.slice(0, 7)} \\(x86_64\\) - ttyS0 >>>`));
  await until(/nixos login: /);
  terminal.type('tarn\n');
  await until(/Password: /);
  terminal.type('\n');
  await until(/\[tarn@nixos:~\]\$/);
  for (const [command, answer] of [
    ['uname -a', /Linux nixos \S+ #1.*x86_64 GNU\/Linux/],
    ['python --version', /Python 3\.\d+/],
    ['systemctl is-system-running --wait', /\nrunning/],
    ['readlink /run/current-system', /\/nix\/store\/\S+-nixos-system-nixos-23\.05/],
  ] as const) {
    terminal.type(`${command}\n`);
    await until(answer);
    await until(/\[tarn@nixos:~\]\$/);
  }
  terminal.type('poweroff\n');
  await until(/reboot: Power down/);
  await terminal.ended;
});

test(
  "nixpkgs' kinds of images: real nix's systems and names; commands run in the sandbox on the disk that we wrote",
  withNix,
  async (t) => {
    await box.open(t);
    const at = `${flake}#nixosConfigurations.build-qcow2`;
    const environment = asUser();
    const listed = await place.bootflake(['build-image', at], { environment });
    assert.equal(listed.stdout, 'azure\ngoogle-compute\nlinode\nopenstack-zfs\nqemu\nraw-efi\n', listed.stderr);
    const variants = ['azure', 'google-compute', 'linode', 'qemu', 'raw-efi'];
    const facts = `images: builtins.mapAttrs (_: one: [ one.name one.outputName one.type one.passthru.filePath
    one.passthru.config.system.build.toplevel ]) { inherit (images) ${variants.join(' ')}; }`;
    const asked = ['eval', '--json', `${attribute}.images`, '--apply', facts];
    const [ours, theirs] = [
      await place.bootflake(asked, { cwd: flake, environment }),
      await place.run('env', [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), program, ...asked], {
        cwd: flake,
      }),
    ];
    assert.equal(ours.status, 0, ours.stderr);
    assert.equal(theirs.status, 0, theirs.stderr);
    assert.deepEqual(JSON.parse(ours.stdout), JSON.parse(theirs.stdout));

    const built = await place.bootflake(
      ['build-image', at, '--json', '-o', join(user, 'of'), ...variants.flatMap((name) => ['--image-variant', name])],
      { environment },
    );
    assert.equal(built.status, 0, built.stderr);
    console.log(`# ${built.seconds.toFixed(1)} s`);
    const images = JSON.parse(built.stdout) as { variant: string; file: string; size: number }[];
    const file = (name: string): string => images.find(({ variant }) => variant === name)!.file;
    assert.deepEqual(
      variants.map((name) => /\.(?:vhd|raw\.tar\.gz|img\.gz|qcow2|img)$/.exec(file(name))?.[0]),
      ['.vhd', '.raw.tar.gz', '.img.gz', '.qcow2', '.img'],
    );
    const { 'virtual-size': size } = JSON.parse(
      await judge(t, 'qemu-img', ['info', '--output=json', '-f', 'vpc', file('azure')]),
    ) as Record<string, number>;
    assert.equal(size! % 2 ** 20, 0);
    const footer = readFileSync(file('azure')).subarray(-512);
    assert.equal(footer.subarray(68, 84).toString('hex'), 'f222513bded149fab59120ce86a2fe7f');
    const sum = footer.reduce((total, byte, at) => total + (at >= 64 && at < 68 ? 0 : byte), 0);
    assert.equal(footer.readUInt32BE(64), ~sum >>> 0);
    assert.match(await judge(t, 'tar', ['-tvzf', file('google-compute')]), /^\S+ \S+ +1610612736 .* disk\.raw\n$/);
    const link = readFileSync(join(file('linode'), '../facts'), 'utf8');
    assert.match(link, /^4096 4 Fast link dest: "\/boot\/grub"\n$/);
    assert.equal(
      readFileSync(join(file('linode'), '../tools'), 'utf8')
        .trim()
        .split('\n').length,
      5,
    );
    await judge(t, 'qemu-img', ['check', file('qemu')]);
    assert.match(await judge(t, 'sgdisk', ['-v', file('raw-efi')]), /No problems found/);

    const zfs = await place.bootflake(['build-image', at, '--image-variant', 'openstack-zfs'], { environment });
    assert.equal(zfs.status, 1);
    assert.match(zfs.stderr, /make-single-disk-zfs-image\.nix: the image "nixos-disk-image" has its root on ZFS.*--image-builder nixpkgs/);
  },
);

const mixed = `{
  inputs.nixpkgs.url = "debian/trixie";
  inputs.nixos.url = "github:NixOS/nixpkgs/nixos-23.05";
  outputs = { nixpkgs, nixos, ... }: {
    nixosConfigurations.vm = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [
        ./qcow.nix
        ({ pkgs, ... }:
          let theirs = nixos.legacyPackages.x86_64-linux; in
          {
            environment.systemPackages = [ theirs.hello theirs.python310 pkgs.ca-certificates ];
            i18n.defaultLocale = "de_DE.UTF-8";
            users.users.tarn = { isNormalUser = true; extraGroups = [ "wheel" ]; password = ""; };
            system.stateVersion = "23.05";
            systemd.services.from-nixpkgs = {
              wantedBy = [ "multi-user.target" ];
              serviceConfig.ExecStart = "\${theirs.python310}/bin/python3 -m http.server 8000";
            };
          })
      ];
    };
  };
}
`;
const facts = [
  'readlink -f $(command -v hello) $(command -v python3)',
  'hello',
  'python3 --version',
  'python3 -c \'import pwd, socket; print(pwd.getpwnam("tarn").pw_uid, socket.gethostbyname("localhost"))\'',
  'python3 -c \'import ssl; print(ssl.create_default_context().cert_store_stats()["x509_ca"] > 100)\'',
  'python3 -c \'import locale; print(locale.setlocale(locale.LC_ALL, ""), locale.str(1.5))\'',
  'ls /usr/share/man/man1/hello.1.gz /run/current-system/sw/share/applications',
  'systemctl is-active from-nixpkgs',
];

test("packages of nixpkgs in Debian's machine: programs, a service, names of users and hosts, authorities, locales", withNix, async (t) => {
  await box.open(t);
  const machine = join(user, 'mixed');
  cpSync(join(flake, 'qcow.nix'), join(machine, 'qcow.nix'));
  writeFileSync(join(machine, 'flake.nix'), mixed);
  // Debian's mirror is the host's own.
  const environment = { ...asUser(), http_proxy: '' };
  const run = await place.bootflake(['run', `path:${machine}#vm`, '--exec', facts.join('; ')], { environment });
  assert.equal(run.status, 0, run.stderr);
  const text = run.stdout.replaceAll('\r', '');
  assert.match(text, /\/nix\/store\/\S+-hello-stand-in\S*\/bin\/hello\n\/nix\/store\/\S+-python3-stand-in\S*\/bin\/python3/);
  assert.match(text, /\nPython 3\.11\S*\n1000 127\.0\.0\.1\nTrue\nde_DE\.UTF-8 1,5\n/);
  assert.match(text, /hello\.1\.gz\n[^]*python3\.11\.desktop[^]*\nactive/);
});

const long = { skip: withNix.skip || (!thorough && 'npm run test:all does this') };

const tested = `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-23.05";
  outputs = { nixpkgs, ... }: {
    checks.x86_64-linux.one = nixpkgs.legacyPackages.x86_64-linux.testers.runNixOSTest {
      name = "one";
      nodes.machine = { pkgs, ... }: {
        virtualisation = { memorySize = 512; diskSize = 200; emptyDiskImages = [ 20 ]; vlans = [ 1 7 ]; };
        environment.systemPackages = [ pkgs.hello ];
        systemd.services.greeting = {
          wantedBy = [ "multi-user.target" ];
          script = "echo hello from a service; exec sleep infinity";
        };
      };
      testScript = ''
        machine.wait_for_unit("greeting.service")
        assert machine.succeed("hello") == "Hello, world!\\n"
        machine.fail("test -e /root/file")
        machine.succeed("echo $(( $(lsblk -nbo SIZE /dev/vda) >> 20 )) $(( $(lsblk -nbo SIZE /dev/vdb) >> 20 )) > /root/file")
        assert machine.succeed("cat /root/file") == "200 20\\n"
        assert machine.succeed("grep -h :12:0 /sys/class/net/e*/address | sort") == "52:54:00:12:01:01\\n52:54:00:12:07:01\\n"
        machine.succeed("touch /nix/store/new")
        machine.fail("touch /nix/.ro-store/new")
        assert "/root/file" in machine.succeed("find /root -name file")
        machine.copy_from_machine("/root/file")
        machine.succeed("test $(stat -c %u:%g /nix/.ro-store/*-hello-*) = 0:0")
        machine.shutdown()
      '';
    };
  };
}
`;

test('a test that nixpkgs makes runs its machine, with a store on a disk', long, async (t) => {
  await box.open(t);
  const folder = join(user, 'tested');
  mkdirSync(folder);
  writeFileSync(join(folder, 'flake.nix'), tested);
  const environment = { ...asUser(), http_proxy: '' };
  const run = await place.bootflake(['test', `path:${folder}#one`, '-o', 'files'], { cwd: folder, environment });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /nixos\/lib\/testing\/run\.nix: the test's machines are started by bootflake itself/);
  assert.match(run.stderr, /test script finished in/);
  assert.equal(readFileSync(join(folder, 'files/file'), 'utf8'), '200 20\n');
});

/** Builds as a user who has nothing yet; returns what was printed. The image is the same. */
async function buildAnew(name: string): Promise<string> {
  const home = join(place.folder, name);
  mkdirSync(home);
  const environment = { ...asUser(), HOME: home };
  const built = await place.bootflake(['build', '-o', name, `${attribute}.qcow2`], { cwd: flake, environment });
  assert.equal(built.status, 0, built.stderr);
  console.log(`# ${built.seconds.toFixed(1)} s`);
  assert.equal(readlinkSync(join(flake, name)).split('/').pop(), readlinkSync(join(flake, 'result')).split('/').pop());
  assert.equal(digest(join(flake, name, 'nixos.qcow2')), digest(image));
  return built.stderr;
}

test('a part of the cache is missing: that is built here, to the same image', withNix, async (t) => {
  await box.open(t);
  // By the first character of a path's digest, half of the paths or an eighth; systemd has no choice.
  const gone = box.forget(
    thorough ? /StorePath: \/nix\/store\/(?:[0-9a-g]|\w+-systemd-stand-in)/ : /StorePath: \/nix\/store\/(?:[0-3]|\w+-systemd-stand-in)/,
  );
  const left = readdirSync(box.cache).filter((name) => name.endsWith('.narinfo')).length;
  assert.ok(gone > 5 && left > 20, `${gone} gone, ${left} left`);
  const log = await buildAnew('half');
  assert.match(log, /copying path/);
  assert.match(log, /building '\S+systemd-stand-in/);
});

test('the cache cannot be reached: all is built here, to the same image', long, async (t) => {
  await box.open(t);
  box.forge.unreachable.add('cache.nixos.org');
  const log = await buildAnew('down');
  assert.match(log, /warning: disabling binary cache 'https:\/\/cache\.nixos\.org\/'/);
  assert.doesNotMatch(log, /copying path/);
  assert.ok(box.forge.takeAsked().includes('502 cache.nixos.org'));
});

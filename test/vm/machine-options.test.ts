/** What an image says about its machine, and what the user says. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { companionDevices, printedCompanions } from '../../src/vm/companions.ts';
import { parseVnc } from '../../src/vm/display.ts';
import { parseForward } from '../../src/vm/forward.ts';
import { acceptedDeploy, completeHardware, machineOptions, noMachineOptions, type MachineOptions } from '../../src/vm/machine-options.ts';
import { machineArguments } from '../../src/vm/qemu-arguments.ts';
import { checkSecrets, parseSecret } from '../../src/vm/secrets.ts';
import { allShares, announcedMounts, checkShares, parseShare } from '../../src/vm/shares.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const who = { installable: 'github:someone/else#vm', acceptAll: false };
const read = (options: object, isLocal = true, acceptAll = false): MachineOptions =>
  machineOptions({ options: { ...noMachineOptions, ...options }, isLocal }, { ...who, acceptAll });
const own = { forwards: [], qemuArguments: [] };

test("the user's options come before the configuration's, and those before defaults", () => {
  const described = read({
    memory: 2048,
    cores: 3,
    diskSize: 8192,
    firmware: 'uefi',
    forwards: [parseForward('2222:22'), parseForward('8080:80'), parseForward('5353:53/udp')],
    disks: [{ size: 64, serial: 'data' }],
    qemuArguments: ['-device', 'usb-ehci'],
  });
  assert.deepEqual(completeHardware(own, described), {
    memory: '2048M',
    processors: 3,
    diskSize: 2 ** 33,
    firmware: 'uefi',
    forwards: described.forwards,
    qemuArguments: ['-device', 'usb-ehci'],
    features: { emptyDisks: [{ size: 64, serial: 'data' }] },
  });
  const forwards = [parseForward('2200:22'), parseForward('8080:81')];
  const asked = { memory: '1G', processors: 1, diskSize: 1, firmware: 'bios' as const, forwards, qemuArguments: ['-s'] };
  assert.deepEqual(completeHardware(asked, described), {
    ...asked,
    forwards: [...forwards, parseForward('5353:53/udp')],
    qemuArguments: ['-device', 'usb-ehci', '-s'],
    features: { emptyDisks: [{ size: 64, serial: 'data' }] },
  });
  const nothing = completeHardware(own, noMachineOptions);
  assert.deepEqual([nothing.memory, nothing.processors, nothing.diskSize, nothing.firmware], [undefined, undefined, undefined, 'bios']);
});

test('what leads out of a machine that is deployed is taken from flakes of this machine alone, or said by the user', () => {
  const deploy = { host: 'ssh://me@server', name: 'web', timeout: 60, check: 'true', url: 'http://10.0.0.1/', autostart: true };
  const options = read({ deploy });
  const accepted = (isLocal: boolean, acceptAll: boolean, own: object) =>
    acceptedDeploy(options, { installable: 'github:someone/else#vm', isLocal, acceptAll, own });
  assert.deepEqual(accepted(true, false, {}), deploy);
  assert.deepEqual(accepted(false, true, {}), deploy);
  assert.deepEqual(accepted(false, false, { host: 'ssh://a', name: 'b', url: 'http://c/' }), deploy);
  for (const own of [{}, { host: 'ssh://a' }, { host: 'ssh://a', name: 'b' }])
    assert.throws(() => accepted(false, false, own), { code: 'vm/options-not-accepted', message: /someone else.*url http:\/\/10/ });
  assert.deepEqual(acceptedDeploy(read({}), { installable: 'x', isLocal: false, acceptAll: false, own: {} }), {});
  for (const wrong of [{ host: 'ssh://a\n' }, { timeout: 0 }, { url: 'http://a b' }, { check: null }, { autostart: 1 }])
    assert.throws(() => read({ deploy: { ...deploy, ...wrong } }), { code: 'vm/bad-machine-options', message: /deploy/ });
});

test('what a flake says is checked', () => {
  const wrong: [object, RegExp][] = [
    [{ schema: 2 }, /schema/],
    [{ memory: '1G' }, /memory/],
    [{ memory: 0 }, /memory/],
    [{ cores: 1.5 }, /cores/],
    [{ disks: [{ size: 1, serial: 'a,file=/etc/shadow' }] }, /disks\.0\.serial: a serial number/],
    [{ forwards: [{ ...parseForward('1:2'), address: '1.2.3.4,hostfwd=' }] }, /forwards\.0\.address: no IPv4/],
    [{ forwards: [{ ...parseForward('1:2'), address: '1.2.3.256' }] }, /address/],
    [{ forwards: [{ ...parseForward('1:2'), host: 70_000 }] }, /forwards\.0\.host/],
    [{ qemuArguments: ['a\0b'] }, /NUL/],
    [{ firmware: 'coreboot' }, /firmware/],
    [{ shares: [{ tag: 'a,b', source: '/a', target: '/b', readOnly: false }] }, /shares\.0\.tag: a name/],
    [{ shares: [{ tag: 'a', source: 'a', target: '/b', readOnly: false }] }, /shares\.0\.source: the folder has no absolute path/],
    [{ shares: [{ tag: 'a', source: '/a', target: '/b ext4\n/dev/vda', readOnly: false }] }, /shares\.0\.target: a mount point/],
    [{ resolution: { x: 0, y: 1 } }, /resolution\.x/],
  ];
  for (const [options, message] of wrong)
    assert.throws(
      () => read(options),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, 'vm/bad-machine-options');
        assert.match(error.message, message);
        return true;
      },
    );
  assert.throws(() => machineOptions({ options: 'x', isLocal: true }, who), { code: 'vm/bad-machine-options' });
  assert.deepEqual(machineOptions(undefined, who), noMachineOptions);
});

test('a flake of someone else has no arguments for qemu until they are accepted', () => {
  const options = { memory: 512, qemuArguments: ['-drive', 'file=/home/me/.ssh/id\x1b[2J'] };
  assert.throws(() => read(options, false), /someone\/else#vm' is a flake of someone else.*-drive file=\/home\/me\/\.ssh\/id(?!\x1b)/);
  assert.deepEqual(read(options, false, true).qemuArguments, options.qemuArguments);
  assert.deepEqual(read(options, true).qemuArguments, options.qemuArguments);
  assert.equal(read({ memory: 512 }, false).memory, 512);
  const shares = [{ tag: 'a', source: '/home/me/.ssh', target: '/b', readOnly: false }];
  assert.throws(() => read({ shares }, false), /wants of this one: the folder \/home\/me\/\.ssh$/);
  assert.deepEqual(read({ shares }, true).shares, shares);
});

const share = (text: string) => parseShare(text, '/home/me');

test('folders are shared by the configuration and by the user, who comes first', () => {
  assert.deepEqual(share('src:/mnt/src'), { source: '/home/me/src', target: '/mnt/src', readOnly: false });
  assert.deepEqual(share('/a:b:/mnt/c:ro'), { source: '/a:b', target: '/mnt/c', readOnly: true });
  for (const wrong of ['/a', '/a:b', '/a:/b c', '/a:/b:rx', ':/b', '/a:/b\n'])
    assert.throws(() => share(wrong), { code: 'vm/bad-share' }, wrong);
  const described = [
    { tag: 'src', source: '/src', target: '/mnt/src', readOnly: false },
    { tag: 'share0', source: '/x', target: '/x', readOnly: false },
  ];
  const all = allShares(described, [share('/other:/mnt/src:ro'), share('/new:/mnt/new:ro')]);
  assert.deepEqual(all, [
    { tag: 'src', source: '/other', target: '/mnt/src', readOnly: true },
    described[1],
    { tag: 'share1', source: '/new', target: '/mnt/new', readOnly: true, announced: true },
  ]);
  // What the configuration mounts is not mounted twice.
  assert.equal(announcedMounts(all), 'share1 /mnt/new virtiofs nofail,X-mount.mkdir,ro 0 0\n');
  assert.throws(() => checkShares([{ tag: 'a', source: '/no/such/folder', target: '/a', readOnly: true }]), { code: 'vm/no-folder' });
});

test('secrets are files, which the guest finds by their names', () => {
  const parse = (text: string) => parseSecret(text, '/home/me');
  assert.deepEqual(parse('host-key=a=b,c'), { name: 'host-key', file: '/home/me/a=b,c' });
  for (const wrong of ['a', 'a=', '=b', '.a=b', 'a b=c', 'a,b=c', 'a/b=c', `${'a'.repeat(29)}=b`, 'a\n=b', 'a=b\0c'])
    assert.throws(() => parse(wrong), { code: 'vm/bad-secret' }, wrong);
  const folder = scratchFolder();
  for (const [file, size] of [
    ['key', 3],
    ['empty', 0],
    ['large', (1 << 20) + 1],
  ] as const)
    writeFileSync(join(folder, file), Buffer.alloc(size));
  const secret = (name: string, file: string) => ({ name, file: join(folder, file) });
  checkSecrets([secret('a', 'key'), secret('b', 'key')]);
  for (const wrong of [
    [secret('a', 'key'), secret('a', 'key')],
    [secret('a', 'none')],
    [secret('a', 'empty')],
    [secret('a', 'large')],
    [secret('a', '.')],
  ])
    assert.throws(() => checkSecrets(wrong), { code: 'vm/bad-secret' });
  const secrets = [secret('a', 'key')];
  assert.deepEqual(completeHardware({ ...own, secrets }, noMachineOptions).features, { secrets });
});

test('a folder, a TPM and a screen are devices, whose helpers listen on sockets', () => {
  const shares = [{ tag: 'src', source: "/it's", target: '/mnt', readOnly: true }];
  const [virtiofsd, swtpm] = printedCompanions({ shares, tpm: true });
  assert.deepEqual(virtiofsd!.command.slice(1), [
    '--socket-path',
    'share0.sock',
    '--shared-dir',
    "/it's",
    '--log-level',
    'error',
    '--readonly',
  ]);
  assert.equal(swtpm!.folder, 'tpm');
  const args = machineArguments({
    name: 'm',
    memory: '512',
    processors: 1,
    accelerator: 'tcg',
    disks: [{ file: '/d', format: 'raw' }],
    firmware: { kind: 'bios' },
    networks: [],
    console: 'terminal',
    ...companionDevices({ shares, tpm: true }, (name) => `/a,b/${name}`),
    secrets: [{ name: 'key', file: '/a,b' }],
    screen: { display: 'none', vnc: 'unix:/a,b', resolution: { x: 800, y: 600 } },
    extra: [],
  }).join(' ');
  assert.match(args, /-m 512 -object memory-backend-memfd,id=memory,size=536870912,share=on -machine memory-backend=memory /);
  assert.match(args, /-chardev socket,id=share0,path=\/a,,b\/share0\.sock -device vhost-user-fs-pci,chardev=share0,tag=src /);
  assert.match(args, /-fw_cfg name=opt\/io\.systemd\.credentials\/key,file=\/a,,b /);
  assert.match(args, /-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-tis,tpmdev=tpm0/);
  assert.match(args, /-vnc unix:\/a,,b -global VGA\.xres=800 -global VGA\.yres=600 -serial mon:stdio/);
  assert.doesNotMatch(args, /-nographic|-smbios/);
});

test('VNC listens on the loopback interface or on a socket', () => {
  const at = (text: string) => parseVnc(text, (path) => `/home/me/${path}`);
  assert.deepEqual(at('1'), { kind: 'vnc', at: '127.0.0.1:1' });
  assert.deepEqual(at('./screen.sock'), { kind: 'vnc', at: 'unix:/home/me/./screen.sock' });
  assert.deepEqual(at('0.0.0.0:2'), { kind: 'vnc', at: '0.0.0.0:2' });
  for (const wrong of ['', 'x', '1,password', 'localhost:1']) assert.throws(() => at(wrong), { code: 'vm/bad-display' });
});

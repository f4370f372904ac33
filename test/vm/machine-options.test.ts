/** What an image says about its machine, and what the user says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseForward } from '../../src/vm/forward.ts';
import { completeHardware, machineOptions, noMachineOptions, type MachineOptions } from '../../src/vm/machine-options.ts';

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
});

/** A machine's network cards: their order, their addresses, and what a host permits. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDevices } from '../../src/api/machine-devices.ts';
import { parseForward } from '../../src/vm/forward.ts';
import { hostNetwork, parseHostCard, type NetworkHost } from '../../src/vm/host-network.ts';
import { derivedMac, parseMac } from '../../src/vm/mac-address.ts';
import { completeHardware, noMachineOptions } from '../../src/vm/machine-options.ts';
import { networkCards } from '../../src/vm/network-cards.ts';
import { machineArguments } from '../../src/vm/qemu-arguments.ts';
import { checkHardware } from '../../src/vm/run-options.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const seed = 'host 1000 web';
const lan = { kind: 'stream' as const, path: 'network-lan.sock', mac: '52:54:01:02:03:04' };

function networkWords(networks: ReturnType<typeof networkCards>): string[] {
  const words = machineArguments({
    name: 'web',
    memory: '1G',
    processors: 1,
    accelerator: 'tcg',
    disks: [{ file: 'd', format: 'qcow2' }],
    firmware: { kind: 'bios' },
    networks,
    console: 'terminal',
    extra: [],
  });
  return words.filter((_, i) => words[i - 1] === '-netdev' || (words[i - 1] === '-device' && words[i]!.startsWith('virtio-net')));
}

test("qemu's own network comes first, and the chosen MAC address is the first card's", () => {
  const forwards = [parseForward('2222:22')];
  assert.deepEqual(networkWords(networkCards({}, { forwards, seed })), [
    'user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22',
    'virtio-net-pci,netdev=net0,romfile=',
  ]);
  assert.deepEqual(networkWords(networkCards({ mac: '52:54:00:aa:bb:cc', restrictNetwork: true }, { forwards: [], seed, others: [lan] })), [
    'user,id=net0,restrict=on',
    'virtio-net-pci,netdev=net0,romfile=,mac=52:54:00:aa:bb:cc',
    'stream,id=net1,server=off,addr.type=unix,addr.path=network-lan.sock',
    'virtio-net-pci,netdev=net1,romfile=,mac=52:54:01:02:03:04',
  ]);
  assert.deepEqual(networkWords(networkCards({ userNetwork: false, mac: '52:54:00:aa:bb:cc' }, { forwards: [], seed, others: [lan] })), [
    'stream,id=net0,server=off,addr.type=unix,addr.path=network-lan.sock',
    'virtio-net-pci,netdev=net0,romfile=,mac=52:54:00:aa:bb:cc',
  ]);
  assert.deepEqual(networkCards({ userNetwork: false }, { forwards: [], seed }), []);
  assert.throws(() => networkCards({ userNetwork: false }, { forwards, seed }), { code: 'vm/no-user-network' });
  assert.throws(() => networkCards({ userNetwork: false, mac: '52:54:00:aa:bb:cc' }, { forwards: [], seed }), { code: 'vm/no-first-card' });
});

test('addresses and names are checked', () => {
  assert.equal(parseMac('52-54-00-AB-CD-EF'), '52:54:00:ab:cd:ef');
  for (const text of [
    '',
    '52:54:00:ab:cd',
    '52:54:00:ab:cd:eg',
    '52:54:00:ab:cd:ef,x=y',
    '53:54:00:00:00:01',
    '00:00:00:00:00:00',
    '5254.00ab.cdef',
  ])
    assert.throws(() => parseMac(text), { code: 'vm/bad-mac' }, text);
  for (const text of ['', '.', '..', 'a/b', 'br0,helper=/bin/sh', 'a b', 'a'.repeat(16)])
    assert.throws(() => parseHostCard('bridge', text), { code: 'vm/bad-network-device' }, text);
  assert.equal(derivedMac('a'), derivedMac('a'));
  assert.notEqual(derivedMac('a'), derivedMac('b'));
  const devices = readDevices({ mac: '52:54:00:AB:CD:EF', bridge: ['br0'], tap: ['tap0'], userNetwork: false }, '/');
  const own = checkHardware({ forwards: [], qemuArguments: [], ...devices });
  assert.deepEqual(completeHardware(own, noMachineOptions).features, {
    mac: '52:54:00:ab:cd:ef',
    hostCards: [
      { kind: 'bridge', device: 'br0' },
      { kind: 'tap', device: 'tap0' },
    ],
    userNetwork: false,
  });
  const none = checkHardware({ forwards: [], qemuArguments: [], ...readDevices({ userNetwork: true }, '/') });
  assert.deepEqual(completeHardware(none, noMachineOptions).features, {});
});

/** A host with a bridge br0 and the taps given. */
function host(more: Partial<NetworkHost> = {}, taps: Record<string, Record<string, string>> = {}): NetworkHost {
  const folder = scratchFolder();
  const interfaces = join(folder, 'net');
  mkdirSync(join(interfaces, 'br0', 'bridge'), { recursive: true });
  mkdirSync(join(interfaces, 'eth0'));
  for (const [name, facts] of Object.entries(taps)) {
    mkdirSync(join(interfaces, name));
    for (const [fact, value] of Object.entries(facts)) writeFileSync(join(interfaces, name, fact), `${value}\n`);
  }
  const helper = join(folder, 'qemu-bridge-helper');
  writeFileSync(helper, '');
  return {
    system: 'linux',
    userId: 1000,
    groupIds: [1000, 20],
    interfaces,
    helpers: [join(folder, 'none'), helper],
    permissions: join(folder, 'bridge.conf'),
    ...more,
  };
}
const mac = '52:54:00:00:00:01';

test('a bridge needs a helper that runs as root, and a rule', () => {
  const on = (here: NetworkHost, device = 'br0') => hostNetwork({ kind: 'bridge', device }, mac, here);
  const here = host();
  const allowed = (text: string) => writeFileSync(here.permissions, text);
  assert.throws(() => on(here, 'eth0'), { code: 'vm/no-bridge', hint: /ip link add eth0 type bridge/ });
  assert.throws(() => on(host({ helpers: [] })), { code: 'vm/bridge-not-permitted', message: /missing/ });
  assert.throws(() => on(here), { code: 'vm/bridge-not-permitted', hint: /^Run: sudo chmod u\+s / });
  chmodSync(here.helpers[1]!, 0o4755);
  assert.throws(() => on(here), { code: 'vm/bridge-not-permitted', hint: /echo 'allow br0' \| sudo tee -a / });
  for (const text of ['', 'allow br1\n', '# allow br0\n', 'allow br0\ndeny br0\n', 'deny all\nallow br0\n']) {
    allowed(text);
    assert.throws(() => on(here), { code: 'vm/bridge-not-permitted' }, text);
  }
  for (const text of ['allow br0', '  allow\tbr0  \n', 'allow all\n', 'include /etc/qemu/more.conf\n']) {
    allowed(text);
    assert.deepEqual(on(here), { kind: 'bridge', bridge: 'br0', helper: here.helpers[1], mac });
  }
  assert.deepEqual(networkWords([on({ ...here, helpers: [here.helpers[1]!] })])[0], `bridge,id=net0,br=br0,helper=${here.helpers[1]}`);
  assert.throws(() => on(host({ system: 'darwin' })), { code: 'vm/no-bridge' });
});

test('a tap is for its user, its group, or everyone', () => {
  const taps = {
    own: { tun_flags: '0x1002', owner: '1000', group: '-1' },
    groups: { tun_flags: '0x1002', owner: '-1', group: '20' },
    everyone: { tun_flags: '0x1002', owner: '-1', group: '-1' },
    otherGroup: { tun_flags: '0x1002', owner: '-1', group: '21' },
    others: { tun_flags: '0x1002', owner: '1001', group: '20' },
    both: { tun_flags: '0x1002', owner: '1000', group: '21' },
    tun: { tun_flags: '0x1001', owner: '1000', group: '-1' },
  };
  const here = host({}, taps);
  const at = (device: string, of = here) => hostNetwork({ kind: 'tap', device }, mac, of);
  for (const name of ['own', 'groups', 'everyone']) assert.deepEqual(at(name), { kind: 'tap', device: name, mac });
  assert.deepEqual(networkWords([at('own')]), [
    'tap,id=net0,ifname=own,script=no,downscript=no',
    `virtio-net-pci,netdev=net0,romfile=,mac=${mac}`,
  ]);
  for (const name of ['otherGroup', 'others', 'both'])
    assert.throws(() => at(name), { code: 'vm/tap-not-permitted', hint: /ip link delete/ }, name);
  for (const name of ['tun', 'eth0', 'none']) assert.throws(() => at(name), { code: 'vm/no-tap', hint: /ip tuntap add/ }, name);
  assert.deepEqual(at('others', { ...here, userId: 0 }), { kind: 'tap', device: 'others', mac });
});

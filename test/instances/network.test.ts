/** Private networks: addresses, DHCP, and the processes beside machines, between which frames go. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveNetworks } from '../../src/instances/network/network-folder.ts';
import { checkNetworkName, guestCards, newNetworkCard, type NetworkCard } from '../../src/instances/network/network-address.ts';
import { dhcpReply } from '../../src/instances/network/dhcp.ts';
import { addressInPrefix, routerAdvertisement } from '../../src/instances/network/router-advertisement.ts';
import type { MachineNetworks } from '../../src/instances/network/machine-networks.ts';
import { programCommand } from '../../src/system/program-command.ts';
import { GuestNames } from '../../src/instances/network/guest-names.ts';
import { FrameStream } from '../../src/vm/frame-stream.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('the same names give the same addresses; those that are taken are passed over', () => {
  const web = newNetworkCard('web', 'lan', []);
  assert.deepEqual(newNetworkCard('web', 'lan', []), web);
  assert.match(web.address, /^198\.1[89]\.\d+\.\d+$/);
  assert.match(web.mac, /^52:54:(?:[0-9a-f]{2}:){3}[0-9a-f]{2}$/);
  const cards: NetworkCard[] = [];
  for (let i = 0; i < 253; i++) cards.push(newNetworkCard(`m${i}`, 'lan', cards));
  assert.equal(new Set(cards.map(({ address }) => address)).size, 253);
  assert.equal(new Set(cards.map(({ mac }) => mac)).size, 253);
  assert.equal(new Set(cards.map(({ address }) => address.replace(/\.\d+$/, ''))).size, 1);
  const numbers = cards.map(({ address }) => Number(address.split('.')[3])).sort((a, b) => a - b);
  assert.deepEqual([numbers[0], numbers.at(-1)], [2, 254]);
  assert.throws(() => newNetworkCard('late', 'lan', cards), { code: 'instance/network-full' });
  // Another network is another subnet, even where the names want the same one.
  const other = newNetworkCard('web', 'other', [{ ...web, name: 'x', address: newNetworkCard('web', 'other', []).address }]);
  assert.notEqual(other.address, newNetworkCard('web', 'other', []).address);
});

test('the MAC address of a first card that is on a private network is the one that was chosen', () => {
  const [lan, back] = [newNetworkCard('web', 'lan', []), newNetworkCard('web', 'back', [])];
  const mac = '52:54:00:aa:bb:cc';
  assert.deepEqual(guestCards([lan, back], { mac }), [lan, back]);
  assert.deepEqual(guestCards([lan, back], { mac, userNetwork: false }), [{ ...lan, mac }, back]);
  assert.deepEqual(guestCards([lan], { mac, userNetwork: false, hostCards: [{ kind: 'tap', device: 'tap0' }] }), [lan]);
  assert.deepEqual(guestCards([lan], { userNetwork: false }), [lan]);
});

test('names of networks are names of folders', () => {
  for (const name of ['', '.', '..', 'a/b', 'A', 'lan_1', '-a', 'a-', 'a'.repeat(16), 'a b', 'ä'])
    assert.throws(() => checkNetworkName(name), { code: 'instance/bad-network' }, name);
  for (const name of ['a', 'lan', 'vlan1', 'a-b', 'a'.repeat(15)]) assert.equal(checkNetworkName(name), name);
});

const lease = { mac: '52:54:00:00:00:07', address: '198.18.5.7' };

/** A frame with a DHCP message of a client. */
function dhcpMessage(options: number[], { mac = lease.mac, current = '0.0.0.0' } = {}): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8 + 240);
  frame.fill(255, 0, 6);
  Buffer.from(mac.replaceAll(':', ''), 'hex').copy(frame, 6);
  frame.set([8, 0, 0x45], 12);
  frame[14 + 9] = 17;
  frame.writeUInt16BE(67, 14 + 20 + 2);
  const message = frame.subarray(14 + 20 + 8);
  message.set([1, 1, 6, 0, 1, 2, 3, 4]);
  message.set(current.split('.').map(Number), 12);
  Buffer.from(mac.replaceAll(':', ''), 'hex').copy(message, 28);
  message.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([frame, Buffer.from([...options, 255])]);
}

/** Type, own address and options of a reply. */
function replied(frame: Buffer | undefined): { type: number; address: string; options: Record<number, string> } | undefined {
  if (!frame) return undefined;
  assert.equal(frame.toString('hex', 0, 6), '525400000007');
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += frame.readUInt16BE(at);
  assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff);
  assert.equal(frame.readUInt16BE(16), frame.length - 14);
  const message = frame.subarray(42);
  assert.equal(message.toString('hex', 4, 8), '01020304');
  const options: Record<number, string> = {};
  for (let at = 240; message[at] !== 255; at += 2 + message[at + 1]!)
    options[message[at]!] = [...message.subarray(at + 2, at + 2 + message[at + 1]!)].join('.');
  return { type: Number(options[53]), address: [...message.subarray(16, 20)].join('.'), options };
}

test('DHCP gives the one address, and nothing else', () => {
  const reply = (options: number[], more = {}) => dhcpReply(dhcpMessage(options, more), lease);
  const given = { 51: '255.255.255.255', 1: '255.255.255.0', 54: '198.18.5.1' };
  assert.deepEqual(replied(reply([53, 1, 1])!.reply), { type: 2, address: '198.18.5.7', options: { ...given, 53: '2' } });
  const granted = reply([53, 1, 3, 0, 50, 4, 198, 18, 5, 7, 54, 4, 198, 18, 5, 1])!;
  assert.deepEqual([replied(granted.reply), granted.granted], [{ type: 5, address: '198.18.5.7', options: { ...given, 53: '5' } }, true]);
  assert.equal(reply([53, 1, 3], { current: '198.18.5.7' })!.granted, true);
  const other = reply([53, 1, 3, 50, 4, 10, 0, 2, 15])!;
  assert.deepEqual([replied(other.reply), other.granted], [{ type: 6, address: '0.0.0.0', options: { 53: '6', 54: '198.18.5.1' } }, false]);
  // For another server; a release; a message without its type; one that is cut off.
  for (const options of [[53, 1, 3, 54, 4, 10, 0, 2, 2], [53, 1, 7], [], [53], [50, 200, 1]])
    assert.deepEqual(reply(options), { reply: undefined, granted: false }, String(options));
  // Another client, no IP, no UDP, another port, a fragment, not a request, too short.
  assert.equal(reply([53, 1, 1], { mac: '52:54:00:00:00:08' }), undefined);
  for (const [at, byte] of [
    [13, 6],
    [14, 0x65],
    [14, 0x41],
    [14 + 9, 6],
    [14 + 20 + 3, 68],
    [14 + 6, 0x20],
    [42, 2],
    [42 + 236, 0],
  ] as const) {
    const frame = dhcpMessage([53, 1, 1]);
    frame[at] = byte;
    assert.equal(dhcpReply(frame, lease), undefined, `${at}`);
  }
  assert.equal(dhcpReply(dhcpMessage([53, 1, 1]).subarray(0, 100), lease), undefined);
  assert.equal(dhcpReply(Buffer.alloc(14), lease), undefined);
  // A header that is longer than the frame.
  const long = dhcpMessage([]);
  long[14] = 0x4f;
  assert.equal(dhcpReply(long.subarray(0, 14 + 20 + 8 + 240), lease), undefined);
});

/** Plays a machine: its folder, the process beside it, its qemu, and its guest's port for commands. */
class Guest {
  readonly frames: Buffer[] = [];
  /** What the guest was asked to run, each with its last word. */
  readonly commands: string[] = [];
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private qemu: Socket | undefined;
  private stream: FrameStream | undefined;
  private readonly server = createServer((socket) => serveCommands(socket, (text) => this.commands.push(text) > 0));

  constructor(
    state: string,
    readonly name: string,
    readonly card: NetworkCard,
  ) {
    this.folder = join(state, 'vms', name);
    mkdirSync(this.folder, { recursive: true });
  }

  async start(): Promise<void> {
    const plan: MachineNetworks = {
      machine: this.name,
      networks: [
        {
          card: this.card,
          folder: '../../networks/lan',
          members: [
            { machine: this.name, address: this.card.address },
            // No guest's own name for itself becomes another machine's.
            { machine: 'localhost', address: '198.18.0.9' },
          ],
        },
      ],
    };
    this.server.listen(join(this.folder, 'names.sock'));
    const [program, ...args] = programCommand('machine-networks');
    this.child = spawn(program!, [...args, JSON.stringify(plan)], { cwd: this.folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const socket = join(this.folder, 'network-lan.sock');
    await until(() => existsSync(socket));
    this.qemu = connect(socket);
    this.stream = new FrameStream(this.qemu, (frame) => this.frames.push(frame));
  }

  send(to: string, text: string): void {
    this.stream!.send(frameOf(to, this.card.mac, text));
  }

  sendFrame(frame: Buffer): void {
    this.stream!.send(frame);
  }

  sendDhcp(type: number): void {
    const wanted = this.card.address.split('.').map(Number);
    this.stream!.send(dhcpMessage([53, 1, type, 50, 4, ...wanted], { mac: this.card.mac }));
  }

  get texts(): string[] {
    return this.frames.map((frame) => frame.toString('latin1', 14));
  }

  /** Ends qemu; resolves when the process beside it has ended, too. */
  async end(): Promise<void> {
    const ended = new Promise<void>((done) => (this.child!.exitCode === null ? this.child!.once('exit', () => done()) : done()));
    this.qemu!.destroy();
    this.server.close();
    await ended;
  }

  kill(): void {
    this.child?.kill('SIGKILL');
    this.qemu?.destroy();
    this.server.close();
  }
}

/** The protocol of guest-shell.pl, for commands that end at once. `onCommand` gets the last word, and says whether the guest replies. */
function serveCommands(socket: Socket, onCommand: (text: string) => boolean): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    const greeting = /\0BFSH1\n([0-9a-f]{16})/.exec(received.toString('latin1'));
    if (greeting) {
      received = received.subarray(greeting.index + greeting[0].length);
      const head = Buffer.from([16, 0, 0, 0, 16]);
      return void socket.write(Buffer.concat([head, Buffer.from(greeting[1]!)]));
    }
    if (received.length < 5 || received.length < 5 + received.readUInt32BE(1)) return;
    const replies = received[0] !== 1 || onCommand(received.toString('utf8', 5).split('\0').at(-2)!);
    received = Buffer.alloc(0);
    if (replies) socket.write(Buffer.from([19, 0, 0, 0, 6, ...Buffer.from('exit\x000')]));
  });
}

function frameOf(to: string, from: string, text: string): Buffer {
  return Buffer.concat([Buffer.from((to + from).replaceAll(':', ''), 'hex'), Buffer.from([8, 0]), Buffer.from(text, 'latin1')]);
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(holds());
}

const everyone = 'ff:ff:ff:ff:ff:ff';

/** A frame by which a guest looks for routers. */
function solicitation(mac: string): Buffer {
  const frame = Buffer.alloc(14 + 40 + 8);
  Buffer.from(`333300000002${mac.replaceAll(':', '')}86dd60`, 'hex').copy(frame);
  frame.set([0, 8, 58, 255], 14 + 4);
  frame[14 + 40] = 133;
  return frame;
}

test('a guest that looks for a router gets the prefix of its network, and no router', () => {
  const card = { name: 'lan', mac: '52:54:00:00:00:07', address: '198.18.5.7' };
  const reply = routerAdvertisement(solicitation(card.mac), card)!;
  assert.equal(reply.toString('hex', 0, 14), '5254000000075255c612050186dd');
  const [packet, message] = [reply.subarray(14), reply.subarray(14 + 40)];
  // IPv6, ICMPv6, 255 hops, from a link-local address to all nodes.
  assert.deepEqual([packet[0]! >> 4, packet.readUInt16BE(4), packet[6], packet[7]], [6, message.length, 58, 255]);
  assert.equal(packet.toString('hex', 8, 16), 'fe80000000000000');
  assert.equal(packet.toString('hex', 24, 40), `ff02${'00'.repeat(13)}01`);
  // An advertisement of lifetime 0, with a prefix of 64 bits on the link, for own addresses, for ever.
  assert.deepEqual([message[0], message.readUInt16BE(6)], [134, 0]);
  assert.equal(message.toString('hex', 16, 32), '030440c0ffffffffffffffff00000000');
  // With its checksum, the sum is all ones.
  let sum = message.length + 58;
  for (let at = 14 + 8; at < reply.length; at += 2) sum += reply.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  assert.equal(sum, 0xffff);

  const prefix = message.toString('hex', 32, 40);
  assert.match(prefix, /^fd[0-9a-f]{10}0000$/);
  const groups = (text: string) => new URL(`http://[${text}]`).hostname;
  const expected = `${prefix.match(/..../g)!.join(':')}:5054:00ff:fe00:0007`;
  assert.equal(addressInPrefix('lan', card.mac), groups(expected).slice(1, -1));
  assert.notEqual(addressInPrefix('back', card.mac), addressInPrefix('lan', card.mac));

  const passedOn = solicitation(card.mac);
  passedOn[14 + 7] = 64;
  for (const other of [passedOn, solicitation(card.mac).subarray(0, 60), dhcpMessage([53, 1, 1])])
    assert.equal(routerAdvertisement(other, card), undefined);
});

test('frames go between machines, to the one that they are for; names are written as machines come', async () => {
  const state = scratchFolder();
  const cards: NetworkCard[] = [];
  const guests = ['web', 'db', 'third'].map((name) => {
    const card = newNetworkCard(name, 'lan', cards);
    cards.push(card);
    return new Guest(state, name, card);
  });
  const [web, db, third] = guests as [Guest, Guest, Guest];
  const hosts = (...of: Guest[]) => of.map(({ name, card }) => `${card.address} ${name} ${name}.lan`).join('\n');
  try {
    await web.start();
    await until(() => web.commands.at(-1) === hosts(web));
    // No other user may enter.
    assert.equal(statSync(join(state, 'networks', 'lan')).mode & 0o777, 0o700);
    await Promise.all([db.start(), third.start()]);
    await until(() => guests.every(({ commands }) => commands.at(-1)?.split('\n').length === 3));
    assert.deepEqual(web.commands.at(-1)!.split('\n').sort(), hosts(web, db, third).split('\n').sort());

    web.send(everyone, 'to all');
    await until(() => db.texts.includes('to all') && third.texts.includes('to all'));
    db.send(web.card.mac, 'back');
    await until(() => web.texts.includes('back'));
    web.send(db.card.mac, 'to db');
    await until(() => db.texts.includes('to db'));
    assert.deepEqual(third.texts, ['to all']);
    assert.deepEqual(web.texts, ['back']);

    // Its address is its own affair.
    const before = web.commands.length;
    web.sendDhcp(3);
    await until(() => web.frames.length === 2 && web.commands.length > before);
    assert.equal([...web.frames[1]!.subarray(58, 62)].join('.'), web.card.address);
    assert.deepEqual([db.frames.length, third.frames.length], [2, 1]);
    web.sendFrame(solicitation(web.card.mac));
    await until(() => web.frames.at(-1)?.readUInt16BE(12) === 0x86dd && db.frames.length === 3 && third.frames.length === 2);

    // A machine that comes again is found again.
    await db.end();
    assert.deepEqual(readdirSync(join(state, 'networks', 'lan')), ['third.sock', 'web.sock']);
    const again = new Guest(state, 'db', db.card);
    guests.push(again);
    await again.start();
    await until(() => again.commands.at(-1)?.split('\n').length === 3);
    web.send(everyone, 'again');
    await until(() => again.texts.includes('again') && third.texts.includes('again'));
    again.send(web.card.mac, 'here');
    await until(() => web.texts.includes('here'));
    assert.equal(web.texts.filter((text) => text === 'here').length, 1);

    // One that was killed leaves its socket, which is not in the way.
    again.kill();
    await until(() => existsSync(join(state, 'networks', 'lan', 'db.sock')));
    third.send(web.card.mac, 'still here');
    await until(() => web.texts.includes('still here'));
    leaveNetworks({ name: 'db', folder: join(state, 'vms', 'db') }, ['lan']);
    await Promise.all([web.end(), third.end()]);
    assert.deepEqual(readdirSync(join(state, 'networks', 'lan')), []);
    leaveNetworks({ name: 'db', folder: join(state, 'vms', 'db') }, ['lan']);
    assert.deepEqual(readdirSync(join(state, 'networks')), []);
  } finally {
    for (const guest of guests) guest.kill();
  }
});

test('names are written again for a guest that was reset while it wrote them', async () => {
  const path = join(scratchFolder(), 'names.sock');
  const commands: string[] = [];
  const server = createServer((socket) => serveCommands(socket, (text) => commands.push(text) > 2)).listen(path);
  const lines = ['1.2.3.4 a'];
  const names = new GuestNames(path, () => lines, 100);
  try {
    names.update();
    await until(() => commands.length === 1);
    lines.push('1.2.3.5 b');
    names.update();
    await until(() => commands.length === 3);
    assert.deepEqual(commands, ['1.2.3.4 a', '1.2.3.4 a\n1.2.3.5 b', '1.2.3.4 a\n1.2.3.5 b']);
    lines.push('1.2.3.6 c');
    names.update();
    await until(() => commands.length === 4);
  } finally {
    names.close();
    server.close();
  }
});

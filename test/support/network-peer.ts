/** A machine on a private network without a guest: it responds to ARP and to ping. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { networkSocket, type MachineNetworks } from '../../src/instances/network/machine-networks.ts';
import { networkFolder } from '../../src/instances/network/network-folder.ts';
import type { NetworkCard } from '../../src/instances/network/network-address.ts';
import { programCommand } from '../../src/system/program-command.ts';
import { FrameStream } from '../../src/vm/frame-stream.ts';

const bytesOf = (text: string): Buffer =>
  text.includes(':') ? Buffer.from(text.replaceAll(':', ''), 'hex') : Buffer.from(text.split('.').map(Number));

export class NetworkPeer {
  /** Addresses from which it was pinged. */
  readonly pings: string[] = [];
  private readonly stream: FrameStream;
  private readonly mac: Buffer;
  private readonly address: Buffer;

  private constructor(
    private readonly child: ChildProcess,
    private readonly qemu: Socket,
    card: NetworkCard,
  ) {
    [this.mac, this.address] = [bytesOf(card.mac), bytesOf(card.address)];
    this.stream = new FrameStream(qemu, (frame) => this.receive(frame));
  }

  /** `state`: the folder in which the machines and networks are. */
  static async start(state: string, machine: string, card: NetworkCard): Promise<NetworkPeer> {
    const folder = join(state, 'vms', machine);
    mkdirSync(folder, { recursive: true });
    const plan: MachineNetworks = { machine, networks: [{ card, folder: networkFolder(card.name), members: [] }] };
    const [program, ...args] = programCommand('machine-networks');
    const child = spawn(program!, [...args, JSON.stringify(plan)], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const socket = join(folder, networkSocket(card.name));
    while (!existsSync(socket) && child.exitCode === null) await new Promise((done) => setTimeout(done, 20));
    return new NetworkPeer(child, connect(socket), card);
  }

  /** Resolves when the process beside it has ended, too. */
  async end(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.qemu.destroy();
    await ended;
  }

  private receive(frame: Buffer): void {
    const kind = frame.readUInt16BE(12);
    const packet = frame.subarray(14);
    if (kind === 0x0806 && packet.readUInt16BE(6) === 1 && packet.subarray(24, 28).equals(this.address)) this.sendArp(packet);
    const isPing = kind === 0x0800 && packet[0] === 0x45 && packet[9] === 1 && packet[20] === 8;
    if (isPing && packet.subarray(16, 20).equals(this.address)) this.sendPong(frame);
  }

  private sendArp(request: Buffer): void {
    const reply = Buffer.from(request.subarray(0, 28));
    reply[7] = 2;
    Buffer.concat([this.mac, this.address, request.subarray(8, 18)]).copy(reply, 8);
    this.stream.send(Buffer.concat([request.subarray(8, 14), this.mac, Buffer.from([8, 6]), reply]));
  }

  private sendPong(ping: Buffer): void {
    this.pings.push([...ping.subarray(26, 30)].join('.'));
    const pong = Buffer.concat([ping.subarray(6, 12), this.mac, ping.subarray(12)]);
    ping.copy(pong, 26, 30, 34);
    ping.copy(pong, 30, 26, 30);
    // The type 8 becomes 0: the checksum grows by as much.
    pong[34] = 0;
    const sum = pong.readUInt16BE(36) + 0x0800;
    pong.writeUInt16BE((sum & 0xffff) + (sum >>> 16), 36);
    this.stream.send(pong);
  }
}

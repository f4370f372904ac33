/**
 * A machine's port of a private network. There is no switch in the middle: each machine has a process beside it, with a socket in the
 * network's folder, which only the user may enter. It sends its guest's frames to those of the other machines, each over a connection of
 * its own, and passes on to its guest what comes over theirs. So a network begins and ends with its machines.
 *
 * A connection carries frames one way. The first one is no frame of Ethernet, but the name and address of its machine, as JSON; the process
 * that receives it from a machine that is new connects back.
 */
import fs from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { AddressTable, FrameStream } from '../../vm/frame-stream.ts';
import { isInstanceName } from '../instance-name.ts';
import { dhcpReply } from './dhcp.ts';
import type { NetworkCard } from './network-address.ts';
import { routerAdvertisement } from './router-advertisement.ts';

export interface NetworkMember {
  machine: string;
  address: string;
}

export interface PortPlan {
  machine: string;
  card: NetworkCard;
  /** The network's folder. */
  folder: string;
  /** Where qemu connects. */
  socket: string;
}

export interface PortEvents {
  /** Another machine is there. */
  onMember(network: string, member: NetworkMember): void;
  /** qemu is there, or the guest has taken its address: it boots. */
  onGuest(): void;
  /** qemu has ended. */
  onEnd(): void;
}

const suffix = '.sock';

export class NetworkPort {
  private readonly addresses = new AddressTable<string>();
  private readonly others = new Map<string, FrameStream>();
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private guest: FrameStream | undefined;

  constructor(
    private readonly plan: PortPlan,
    private readonly events: PortEvents,
  ) {}

  /** Resolves when other machines and qemu may connect. */
  async open(): Promise<void> {
    const { folder, socket, machine } = this.plan;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(folder, 0o700);
    await this.listen(`${folder}/${machine}${suffix}`, (peer) => this.receiveFrom(peer));
    for (const name of fs.readdirSync(folder)) if (name.endsWith(suffix)) this.connectTo(name.slice(0, -suffix.length));
    await this.listen(socket, (qemu) => this.attachGuest(qemu));
  }

  close(): void {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
    const own = `${this.plan.folder}/${this.plan.machine}${suffix}`;
    fs.rmSync(own, { force: true });
  }

  private listen(path: string, onConnection: (socket: Socket) => void): Promise<void> {
    fs.rmSync(path, { force: true });
    const server = createServer((socket) => {
      this.keep(socket);
      onConnection(socket);
    });
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private attachGuest(qemu: Socket): void {
    this.guest = new FrameStream(qemu, (frame) => this.fromGuest(frame));
    qemu.on('close', () => this.events.onEnd());
    this.events.onGuest();
  }

  private fromGuest(frame: Buffer): void {
    const message = dhcpReply(frame, this.plan.card);
    if (message) {
      if (message.reply) this.guest?.send(message.reply);
      if (message.granted) this.events.onGuest();
      return;
    }
    // Another machine may be a router as well.
    const advertisement = routerAdvertisement(frame, this.plan.card);
    if (advertisement) this.guest?.send(advertisement);
    const target = this.addresses.target(frame);
    const known = target === undefined ? undefined : this.others.get(target);
    if (known) known.send(frame);
    else for (const other of this.others.values()) other.send(frame);
  }

  private receiveFrom(peer: Socket): void {
    let machine: string | undefined;
    new FrameStream(peer, (frame) => {
      if (machine !== undefined) {
        this.addresses.learn(frame, machine);
        this.guest?.send(frame);
        return;
      }
      const member = parseMember(frame);
      if (!member) return void peer.destroy();
      machine = member.machine;
      this.events.onMember(this.plan.card.name, member);
      this.connectTo(machine);
    });
  }

  /** A socket without a process is of a machine that has ended. */
  private connectTo(machine: string): void {
    if (!isInstanceName(machine) || machine === this.plan.machine || this.others.has(machine)) return;
    const socket = connect(`${this.plan.folder}/${machine}${suffix}`);
    this.keep(socket);
    const stream = new FrameStream(socket, () => {});
    this.others.set(machine, stream);
    socket.on('close', () => {
      this.others.delete(machine);
      this.addresses.forget(machine);
    });
    socket.once('connect', () => stream.send(Buffer.from(JSON.stringify({ machine: this.plan.machine, address: this.plan.card.address }))));
  }
}

function parseMember(text: Buffer): NetworkMember | undefined {
  try {
    const { machine, address } = JSON.parse(text.toString('utf8')) as Record<string, unknown>;
    const isMember = typeof machine === 'string' && isInstanceName(machine) && typeof address === 'string' && isAddress(address);
    return isMember ? { machine, address } : undefined;
  } catch {
    return undefined;
  }
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
}

/**
 * A network between machines: an Ethernet switch for qemu's `-netdev socket`, whose stream has each frame after its length in four bytes,
 * big-endian. It learns at which port an address is, as switches do; a frame for a port whose reader is behind is dropped, as on a wire.
 */
import type { Duplex } from 'node:stream';

/** With room for jumbo frames and offloaded segments. */
const largestFrame = 70_000;
/** Bytes that may wait for a machine. */
const queue = 1 << 20;
const mostAddresses = 4096;

export class EthernetSwitch {
  private readonly ports = new Set<Port>();
  private readonly addresses = new Map<string, Port>();

  /** The socket is a port until it closes. */
  attach(socket: Duplex): void {
    const port = new Port(socket, (frame) => this.forward(port, frame));
    this.ports.add(port);
    for (const event of ['close', 'end'] as const) socket.on(event, () => this.detach(port));
  }

  private detach(port: Port): void {
    this.ports.delete(port);
    for (const [address, at] of this.addresses) if (at === port) this.addresses.delete(address);
  }

  private forward(from: Port, frame: Buffer): void {
    const target = frame.toString('latin1', 0, 6);
    const source = frame.toString('latin1', 6, 12);
    if (!isGroup(frame[6]!) && (this.addresses.has(source) || this.addresses.size < mostAddresses)) this.addresses.set(source, from);
    const known = isGroup(frame[0]!) ? undefined : this.addresses.get(target);
    if (known === from) return;
    if (known) known.send(frame);
    else for (const port of this.ports) if (port !== from) port.send(frame);
  }
}

/** A multicast or broadcast address. */
function isGroup(first: number): boolean {
  return (first & 1) === 1;
}

class Port {
  private received: Buffer = Buffer.alloc(0);

  constructor(
    private readonly socket: Duplex,
    private readonly onFrame: (frame: Buffer) => void,
  ) {
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
    socket.on('error', () => {});
  }

  send(frame: Buffer): void {
    if (this.socket.destroyed || this.socket.writableEnded || this.socket.writableLength > queue) return;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(frame.length);
    this.socket.write(Buffer.concat([head, frame]));
  }

  private receive(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    while (this.received.length >= 4) {
      const length = this.received.readUInt32BE(0);
      // Frames cannot be found again in the stream.
      if (length > largestFrame) return void this.socket.destroy();
      if (this.received.length < 4 + length) return;
      const frame = this.received.subarray(4, 4 + length);
      this.received = this.received.subarray(4 + length);
      if (length >= 14) this.onFrame(frame);
    }
  }
}

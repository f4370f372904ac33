/** A network between machines: an Ethernet switch for qemu's `-netdev socket`. */
import type { Duplex } from 'node:stream';
import { AddressTable, FrameStream } from '../vm/frame-stream.ts';

export class EthernetSwitch {
  private readonly ports = new Set<FrameStream>();
  private readonly addresses = new AddressTable<FrameStream>();

  /** The socket is a port until it closes. */
  attach(socket: Duplex): void {
    const port = new FrameStream(socket, (frame) => this.forward(port, frame));
    this.ports.add(port);
    for (const event of ['close', 'end'] as const) socket.on(event, () => this.detach(port));
  }

  private detach(port: FrameStream): void {
    this.ports.delete(port);
    this.addresses.forget(port);
  }

  private forward(from: FrameStream, frame: Buffer): void {
    this.addresses.learn(frame, from);
    const known = this.addresses.target(frame);
    if (known === from) return;
    if (known) known.send(frame);
    else for (const port of this.ports) if (port !== from) port.send(frame);
  }
}

/** Ethernet frames on a stream, as of qemu's `-netdev socket` and `-netdev stream`: each after its length in four bytes, big-endian. */
import type { Duplex } from 'node:stream';

/** With room for jumbo frames and offloaded segments. */
const largestFrame = 70_000;
/** Of an Ethernet frame's head: two addresses and a type. */
const smallestFrame = 14;
/** Bytes that may wait for a reader. */
const queue = 1 << 20;

/** A stream that is no sequence of frames is closed. Errors of the socket are ignored: it closes then. */
export class FrameStream {
  private received: Buffer = Buffer.alloc(0);

  constructor(
    private readonly socket: Duplex,
    private readonly onFrame: (frame: Buffer) => void,
  ) {
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
    socket.on('error', () => {});
  }

  /** A frame for a reader who is behind is dropped, as on a wire. */
  send(frame: Uint8Array): void {
    if (this.socket.destroyed || this.socket.writableEnded || this.socket.writableLength > queue) return;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(frame.length);
    this.socket.write(Buffer.concat([head, frame]));
  }

  private receive(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    // One that was closed for a frame has no more of them.
    while (this.received.length >= 4 && !this.socket.destroyed) {
      const length = this.received.readUInt32BE(0);
      // Frames cannot be found again in the stream.
      if (length > largestFrame) return void this.socket.destroy();
      if (this.received.length < 4 + length) return;
      const frame = this.received.subarray(4, 4 + length);
      this.received = this.received.subarray(4 + length);
      if (length >= smallestFrame) this.onFrame(frame);
    }
  }
}

/**
 * Which of several ports an address is at, as switches learn it: from the frames that come from there. Each port has room of its own, so
 * that one which sends from ever new addresses cannot keep those of others from being known, and read what is for them.
 */
export class AddressTable<Port> {
  private readonly ports = new Map<string, Port>();
  private readonly counts = new Map<Port, number>();

  learn(frame: Buffer, from: Port): void {
    const source = frame.toString('latin1', 6, 12);
    const before = this.ports.get(source);
    if (isGroup(frame[6]!) || before === from || this.countOf(from) >= mostAddresses) return;
    if (before !== undefined) this.counts.set(before, this.countOf(before) - 1);
    this.counts.set(from, this.countOf(from) + 1);
    this.ports.set(source, from);
  }

  /** Returns undefined for a frame that goes to all ports. */
  target(frame: Buffer): Port | undefined {
    return isGroup(frame[0]!) ? undefined : this.ports.get(frame.toString('latin1', 0, 6));
  }

  forget(port: Port): void {
    if (this.counts.delete(port)) for (const [address, at] of this.ports) if (at === port) this.ports.delete(address);
  }

  private countOf(port: Port): number {
    return this.counts.get(port) ?? 0;
  }
}

/** Of one port. */
const mostAddresses = 512;

/** A multicast or broadcast address. */
function isGroup(first: number): boolean {
  return (first & 1) === 1;
}

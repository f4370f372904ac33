/** Ends connections over which much comes that is part of no response. */
import type { Socket } from 'node:net';

const INTERVAL = 250;
/** Bytes besides those of bodies that any connection may have: settings, windows, TLS. */
const MOST_OVERHEAD = 1 << 20;
/** The same for each response: its headers. */
const PER_REPLY = 32 << 10;

/**
 * Compares the bytes that come over a connection with those that responses account for. The rest are frames without a use: a server may
 * send pings, settings, resets, empty frames and continued headers without end, each of which costs time.
 */
export class FloodGuard {
  private allowed = MOST_OVERHEAD;
  private readonly timer: NodeJS.Timeout;

  constructor(socket: Socket, onFlood: () => void) {
    this.timer = setInterval(() => {
      if (socket.bytesRead <= this.allowed) return;
      this.stop();
      onFlood();
    }, INTERVAL).unref();
  }

  /** Bytes of a body came: as many again may be its frames and records. */
  bytes(count: number): void {
    this.allowed += 2 * count;
  }

  reply(): void {
    this.allowed += PER_REPLY;
  }

  /** A request ended early: what was on the way still comes. */
  onTheWay(count: number): void {
    this.allowed += 2 * count;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

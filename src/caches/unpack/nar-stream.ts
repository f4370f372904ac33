/** A download on its way to the thread that unpacks it. */
import type { ByteSink } from '../../system/http.ts';

/** Small pieces are joined, as each costs a message. */
const PIECE = 256 << 10;
/** Bytes on the way before the download is held back. */
export const MOST_WAITING = 2 << 20;

export class NarStream implements ByteSink {
  /** Bytes held as the download sees it: after a restart, what comes again is passed over. */
  length = 0;
  /** The length of the whole, if the server gives it. */
  private announced: number | undefined;
  /** Bytes that were put into pieces. */
  private delivered = 0;
  private piece: Uint8Array | undefined;
  private filled = 0;
  private readonly queue: Uint8Array[] = [];
  /** Bytes that the thread has not taken yet. */
  private waiting = 0;
  private release: (() => void) | undefined;
  private receiver: ((piece: Uint8Array) => void) | undefined;

  /** `onReady` is called when there is enough for a thread to begin with. */
  constructor(private readonly onReady: () => void) {}

  write(chunk: Uint8Array): void | Promise<void> {
    const known = Math.min(chunk.length, Math.max(0, this.delivered - this.length));
    this.length += chunk.length;
    for (let at = known; at < chunk.length; ) at += this.fill(chunk.subarray(at));
    if (this.waiting < MOST_WAITING) return;
    this.onReady();
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }

  reset(): void {
    this.length = 0;
  }

  reserve(total: number): void {
    this.announced = total;
  }

  /** Passes on the last bytes. */
  end(): void {
    this.flush();
  }

  /** The thread's end: receives what has come and what will come. */
  connect(receiver: (piece: Uint8Array) => void): void {
    this.receiver = receiver;
    for (const piece of this.queue.splice(0)) receiver(piece);
  }

  /** The thread has taken so many bytes. */
  taken(bytes: number): void {
    this.waiting -= bytes;
    if (this.waiting >= MOST_WAITING) return;
    this.release?.();
    this.release = undefined;
  }

  private fill(bytes: Uint8Array): number {
    this.piece ??= new Uint8Array(this.pieceSize(bytes.length));
    const length = Math.min(bytes.length, this.piece.length - this.filled);
    this.piece.set(bytes.subarray(0, length), this.filled);
    this.filled += length;
    this.waiting += length;
    this.delivered += length;
    if (this.filled === this.piece.length) this.flush();
    return length;
  }

  /** No more than is still to come, where that is known: most archives are smaller than a piece. */
  private pieceSize(least: number): number {
    const left = (this.announced ?? Infinity) - this.delivered;
    return Math.min(PIECE, left < least ? PIECE : left);
  }

  private flush(): void {
    if (!this.piece || this.filled === 0) return;
    const piece = this.filled < this.piece.length / 2 ? this.piece.slice(0, this.filled) : this.piece.subarray(0, this.filled);
    this.piece = undefined;
    this.filled = 0;
    if (this.receiver) this.receiver(piece);
    else this.queue.push(piece);
  }
}

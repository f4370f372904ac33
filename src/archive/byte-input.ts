import type { ByteSource } from '../tree/file-tree.ts';

const PIECE = 256 << 10;

/** Yields the bytes of a source from `start` to `end`, in pieces that stay valid. A source in memory is one piece. */
export function* piecesOf(source: ByteSource, start = 0, end = source.size, length = PIECE): Generator<Uint8Array> {
  if (source.bytes) {
    if (end > start) yield source.bytes.subarray(start, end);
    return;
  }
  for (let at = start; at < end; at += length) yield readPiece(source, at, Math.min(length, end - at));
}

/** Reads `length` bytes from `at`, which must be within the source. */
export function readPiece(source: ByteSource, at: number, length: number): Uint8Array {
  if (source.bytes) return source.bytes.subarray(at, at + length);
  const piece = new Uint8Array(length);
  source.read(piece, at);
  return piece;
}

/** Bytes that arrive in pieces, taken in the lengths that a reader needs. Returned bytes stay valid. */
export class ByteInput {
  private readonly pieces: Iterator<Uint8Array>;
  private piece: Uint8Array = new Uint8Array(0);
  /** Bytes taken so far. */
  position = 0;

  constructor(pieces: Iterable<Uint8Array>) {
    this.pieces = pieces[Symbol.iterator]();
  }

  /** Takes the next `length` bytes; fewer where the input ends. */
  take(length: number): Uint8Array {
    if (length <= this.piece.length) return this.fromPiece(length);
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      const part = this.takeSome(left);
      if (part === undefined) break;
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Takes between 1 and `most` bytes, as many as are available without joining pieces; returns undefined at the end. */
  takeSome(most: number): Uint8Array | undefined {
    while (this.piece.length === 0) {
      const next = this.pieces.next();
      if (next.done) return undefined;
      this.piece = next.value;
    }
    return this.fromPiece(Math.min(most, this.piece.length));
  }

  /** Reads the rest, so that damage in it is detected. */
  drain(): void {
    while (this.takeSome(PIECE));
  }

  /** Releases the source of the pieces. Must be called by a reader that may stop before their end. */
  close(): void {
    this.pieces.return?.();
  }

  private fromPiece(length: number): Uint8Array {
    const taken = this.piece.subarray(0, length);
    this.piece = this.piece.subarray(length);
    this.position += length;
    return taken;
  }
}

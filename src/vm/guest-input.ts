/** A command's standard input on its way into the guest: pieces that are read one ahead, so that it is known whether there is more. */
export class GuestInput {
  private readonly source: AsyncIterator<Uint8Array> | undefined;
  private piece: Uint8Array | undefined;
  private finished = false;

  /** Begins to read; undefined is an empty input. */
  constructor(input: AsyncIterable<Uint8Array> | undefined) {
    this.source = input?.[Symbol.asyncIterator]();
    this.read();
  }

  /** The end has come, and all before it was taken. */
  get ended(): boolean {
    return this.finished && this.piece === undefined;
  }

  /** Something can be taken, be it only the end. */
  get ready(): boolean {
    return this.finished || this.piece !== undefined;
  }

  /** Up to `most` bytes of what has come; none at the end. */
  take(most: number): Uint8Array {
    const { piece } = this;
    if (piece === undefined) return new Uint8Array();
    this.piece = piece.length > most ? piece.subarray(most) : undefined;
    if (this.piece === undefined) this.read();
    return piece.subarray(0, most);
  }

  private read(): void {
    const done = (piece: Uint8Array | undefined): void => {
      if (piece === undefined) this.finished = true;
      else if (piece.length === 0) return this.read();
      else this.piece = piece;
    };
    // An input that cannot be read has ended, as for a program that reads it itself.
    if (this.source === undefined) return done(undefined);
    this.source.next().then(
      ({ value, done: last }) => done(last ? undefined : (value as Uint8Array)),
      () => done(undefined),
    );
  }
}

export const noInput = new GuestInput(undefined);

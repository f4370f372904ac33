/** A command's standard input for the guest: pieces are read one ahead, so that the end is known in time. */
export class GuestInput {
  private readonly source: AsyncIterator<Uint8Array> | undefined;
  private piece: Uint8Array | undefined;
  private finished = false;

  /** Starts reading; undefined is an empty input. */
  constructor(input: AsyncIterable<Uint8Array> | undefined) {
    this.source = input?.[Symbol.asyncIterator]();
    this.read();
  }

  /** All input was taken and has ended. */
  get ended(): boolean {
    return this.finished && this.piece === undefined;
  }

  /** Input, or its end, is available. */
  get ready(): boolean {
    return this.finished || this.piece !== undefined;
  }

  /** Takes up to `most` available bytes; none at the end. */
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
    // An unreadable input counts as ended, as for a program that reads it itself.
    if (this.source === undefined) return done(undefined);
    this.source.next().then(
      ({ value, done: last }) => done(last ? undefined : (value as Uint8Array)),
      () => done(undefined),
    );
  }
}

export const noInput = new GuestInput(undefined);

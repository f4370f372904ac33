/** The other direction of reader.ts. */

/** Collects numbers, strings and lists. Strings have one character per byte. */
export class WireMessage {
  private readonly parts: Uint8Array[] = [];

  number(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(value >>> 0, 0);
    bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), 4);
    this.parts.push(bytes);
    return this;
  }

  flag(value: boolean): this {
    return this.number(value ? 1 : 0);
  }

  text(value: string): this {
    this.number(value.length);
    this.parts.push(Buffer.from(value, 'latin1'), Buffer.alloc(-value.length & 7));
    return this;
  }

  texts(values: readonly string[]): this {
    this.number(values.length);
    for (const value of values) this.text(value);
    return this;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

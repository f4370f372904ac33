/**
 * The wire format of Nix's protocols (libutil/serialise.cc): numbers are 64 bits, little-endian; a string is its length as a number, its
 * bytes, and zeros up to a multiple of 8; a list is its length, and its items. Every length has a bound.
 */
import type { BootflakeError } from '../../base/errors.ts';
import { shownBytes } from '../../tree/file-name.ts';
import { protocolError } from '../errors.ts';
import type { Channel } from './channel.ts';

/** Bytes of a path, a hash, a name. */
const MOST_SHORT = 4096;
/** Bytes of a message that are kept; the rest of it is read and dropped. */
const MOST_MESSAGE = 64 << 10;
/** Bytes of a message that are read at all. */
const MOST_DROPPED = 256 << 20;

export class WireReader {
  constructor(private readonly channel: Channel) {}

  /** A number of at most `most`. */
  async number(what: string, most = Number.MAX_SAFE_INTEGER): Promise<number> {
    const bytes = await this.channel.bytes(8);
    const value = bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 0x1_0000_0000;
    if (value <= most) return value;
    throw this.fault(`${what} is ${bytes.readBigUInt64LE(0)}, at most ${most} is allowed`);
  }

  /** A number of any size that is of no use here. */
  async skipNumber(): Promise<void> {
    await this.channel.bytes(8);
  }

  async flag(what: string): Promise<boolean> {
    return (await this.number(what)) !== 0;
  }

  /** A string of which every byte counts, one character per byte. */
  async text(what: string, most = MOST_SHORT): Promise<string> {
    const length = await this.number(`the length of ${what}`, most);
    const bytes = await this.channel.bytes(length);
    const text = bytes.toString('latin1');
    await this.padding(length, what);
    return text;
  }

  /** A message for people, in UTF-8. Of a long one only the beginning is kept. */
  async message(what: string): Promise<string> {
    const length = await this.number(`the length of ${what}`, MOST_DROPPED);
    const kept = await this.channel.bytes(Math.min(length, MOST_MESSAGE));
    const text = new TextDecoder().decode(kept);
    await this.channel.stream(length - kept.length, () => {});
    await this.padding(length, what);
    return text;
  }

  /** A list of at most `most` items. */
  async list<T>(what: string, most: number, item: () => Promise<T>): Promise<T[]> {
    const items: T[] = [];
    for (let left = await this.number(`the number of ${what}`, most); left > 0; left--) items.push(await item());
    return items;
  }

  fault(why: string): BootflakeError {
    return protocolError(this.channel.whence, why);
  }

  private async padding(length: number, what: string): Promise<void> {
    const bytes = await this.channel.bytes(-length & 7);
    if (bytes.some((byte) => byte !== 0)) throw this.fault(`${what} is not followed by zeros but by ${shownBytes(bytes)}`);
  }
}

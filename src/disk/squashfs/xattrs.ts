/** Extended attributes: each set of them once, numbered; inodes have the numbers. */
import { METADATA_SIZE, NO_TABLE, NO_XATTRS } from './format.ts';
import { encodeLookupTable, MetadataWriter, type Pack } from './metadata.ts';

/** Name, such as `security.capability`, and value. */
export type Xattr = [name: string, value: Uint8Array];

const PREFIXES = ['user.', 'trusted.', 'security.'] as const;
const ID_SIZE = 16;
const HEADER_SIZE = 16;

/** Whether squashfs has a place for an attribute of this name. */
export function isXattrName(name: string): boolean {
  return PREFIXES.some((prefix) => name.startsWith(prefix) && name.length > prefix.length) && Buffer.byteLength(name) <= 255;
}

export class XattrTable {
  private readonly sets: Buffer[] = [];
  private readonly counts: number[] = [];
  private readonly numbers = new Map<string, number>();

  /** Returns the number of a set; names must be such as `isXattrName` accepts. */
  add(xattrs: readonly Xattr[]): number {
    if (xattrs.length === 0) return NO_XATTRS;
    const bytes = Buffer.concat([...xattrs].sort(([a], [b]) => (a < b ? -1 : 1)).map(encodeXattr));
    const key = bytes.toString('latin1');
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.sets.push(bytes) - 1;
      this.counts.push(xattrs.length);
      this.numbers.set(key, number);
    }
    return number;
  }

  /** Returns the table for the place `start`, and what the superblock has of it. */
  encode(start: number, pack: Pack): { bytes: Buffer; place: number } {
    if (this.sets.length === 0) return { bytes: Buffer.alloc(0), place: NO_TABLE };
    const values = new MetadataWriter(pack);
    const ids = Buffer.alloc(ID_SIZE * this.sets.length);
    this.sets.forEach((set, n) => {
      const { block, offset } = values.place;
      ids.writeBigUInt64LE((BigInt(block) << 16n) | BigInt(offset), ID_SIZE * n); // xattr
      ids.writeUInt32LE(this.counts[n]!, ID_SIZE * n + 8); // count
      ids.writeUInt32LE(set.length, ID_SIZE * n + 12); // size
      values.write(set);
    });
    const body = values.end();
    const table = encodeLookupTable(ids, start + body.length, pack);
    const listSize = 8 * Math.ceil(ids.length / METADATA_SIZE);
    const header = Buffer.alloc(HEADER_SIZE);
    header.writeBigUInt64LE(BigInt(start), 0); // xattr_table_start
    header.writeUInt32LE(this.sets.length, 8); // xattr_ids
    const blocks = table.bytes.subarray(0, table.bytes.length - listSize);
    const list = table.bytes.subarray(table.bytes.length - listSize);
    return { bytes: Buffer.concat([body, blocks, header, list]), place: start + body.length + blocks.length };
  }
}

function encodeXattr([name, value]: Xattr): Buffer {
  const type = PREFIXES.findIndex((prefix) => name.startsWith(prefix));
  const rest = Buffer.from(name.slice(PREFIXES[type]!.length));
  const b = Buffer.alloc(4 + rest.length + 4 + value.length);
  b.writeUInt16LE(type, 0); // type
  b.writeUInt16LE(rest.length, 2); // size
  b.set(rest, 4); // data
  b.writeUInt32LE(value.length, 4 + rest.length); // vsize
  b.set(value, 8 + rest.length); // value
  return b;
}

/**
 * Rock Ridge (RRIP 1.10): modes, owners, names and symlinks in the system use fields of directory records, by the System Use Sharing
 * Protocol (SUSP 1.10). What does not fit into a record is in continuation areas.
 */
import type { FileNode } from '../../tree/file-tree.ts';
import { encodeShortDate, SECTOR, writeBoth32 } from './encoding.ts';

const TYPE = { directory: 0o040000, regular: 0o100000, symlink: 0o120000 } as const;
/** The most bytes of an entry, and of what follows the flags of NM and SL. */
const MOST_ENTRY = 255;
const MOST_PART = MOST_ENTRY - 5;
const CONTINUES = 1;
const COMPONENT = { current: 2, parent: 4, root: 8 } as const;
const CE_SIZE = 28;
const ER = {
  id: 'RRIP_1991A',
  description: 'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS',
  source:
    'PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT ' +
    'INFORMATION.',
};

function entry(signature: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([4 + body.length, 1]), body]);
}

/** For the first record of the root: this protocol is used, and so is Rock Ridge. */
export function rootEntries(): { first: Buffer; last: Buffer } {
  const { id, description, source } = ER;
  const lengths = Buffer.from([id.length, description.length, source.length, 1]);
  return {
    first: entry('SP', Buffer.from([0xbe, 0xef, 0])),
    last: entry('ER', Buffer.concat([lengths, Buffer.from(id + description + source, 'latin1')])),
  };
}

/** `name` is undefined for the records of a directory itself and its parent. */
export function nodeEntries(node: FileNode, name: string | undefined, links: number, time: number): Buffer[] {
  const px = Buffer.alloc(32);
  writeBoth32(px, TYPE[node.type] | node.mode, 0); // st_mode
  writeBoth32(px, links, 8); // st_nlink
  writeBoth32(px, node.uid, 16); // st_uid
  writeBoth32(px, node.gid, 24); // st_gid
  const date = encodeShortDate(time);
  // Modification, access, attributes.
  const tf = Buffer.concat([Buffer.from([0x0e]), date, date, date]);
  return [
    entry('PX', px),
    entry('TF', tf),
    ...(name === undefined ? [] : nameEntries(Buffer.from(name))),
    ...(node.type === 'symlink' ? linkEntries(node.target) : []),
  ];
}

function nameEntries(name: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < name.length; at += MOST_PART) {
    const continues = at + MOST_PART < name.length ? CONTINUES : 0;
    entries.push(entry('NM', Buffer.concat([Buffer.from([continues]), name.subarray(at, at + MOST_PART)])));
  }
  return entries;
}

function linkEntries(target: string): Buffer[] {
  const components: Buffer[] = target.startsWith('/') ? [Buffer.from([COMPONENT.root, 0])] : [];
  for (const part of target.split('/').filter(Boolean)) {
    if (part === '.' || part === '..') {
      components.push(Buffer.from([part === '.' ? COMPONENT.current : COMPONENT.parent, 0]));
      continue;
    }
    const bytes = Buffer.from(part);
    // A component of its own entry at most.
    for (let at = 0; at < bytes.length; at += MOST_PART - 2) {
      const piece = bytes.subarray(at, at + MOST_PART - 2);
      const continues = at + piece.length < bytes.length ? CONTINUES : 0;
      components.push(Buffer.concat([Buffer.from([continues, piece.length]), piece]));
    }
  }
  const groups: Buffer[][] = [[]];
  let size = 0;
  for (const component of components) {
    if (size + component.length > MOST_PART) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(component);
    size += component.length;
  }
  return groups.map((group, n) => entry('SL', Buffer.concat([Buffer.from([n < groups.length - 1 ? CONTINUES : 0]), ...group])));
}

/** A piece of a continuation area. */
interface Area {
  /** Within the continuation areas. */
  offset: number;
  entries: Buffer[];
  size: number;
}

/** The system use fields of one record. */
export interface SystemUse {
  /** Bytes in the record, with that which names the continuation. */
  size: number;
  inline: Buffer[];
  areas: Area[];
}

/** The continuation areas of all records, one after the other. None crosses the end of a sector. */
export class ContinuationAreas {
  /** The areas of each record. */
  private readonly chains: Area[][] = [];
  private end = 0;

  /** In bytes. */
  get size(): number {
    return this.end;
  }

  /** Divides the entries between the record, in which there is room for `room` bytes, and continuation areas. */
  divide(entries: readonly Buffer[], room: number): SystemUse {
    if (sizeOf(entries) <= room) return { size: sizeOf(entries), inline: [...entries], areas: [] };
    const rest = [...entries];
    const inline = takeUpTo(rest, room - CE_SIZE);
    const areas: Area[] = [];
    while (rest.length > 0) {
      const isLast = sizeOf(rest) <= SECTOR;
      const taken = isLast ? rest.splice(0) : takeUpTo(rest, SECTOR - CE_SIZE);
      const size = sizeOf(taken) + (isLast ? 0 : CE_SIZE);
      if ((this.end % SECTOR) + size > SECTOR) this.end = Math.ceil(this.end / SECTOR) * SECTOR;
      const area = { offset: this.end, entries: taken, size };
      this.end += size;
      areas.push(area);
    }
    this.chains.push(areas);
    return { size: sizeOf(inline) + CE_SIZE, inline, areas };
  }

  /** `start` is the first sector of the areas. */
  encode(start: number): Buffer {
    const b = Buffer.alloc(Math.ceil(this.end / SECTOR) * SECTOR);
    for (const chain of this.chains) {
      chain.forEach((area, n) => {
        const next = chain[n + 1];
        b.set(Buffer.concat([...area.entries, ...(next ? [continuation(next, start)] : [])]), area.offset);
      });
    }
    return b;
  }
}

export function encodeSystemUse({ inline, areas }: SystemUse, areasStart: number): Buffer {
  return Buffer.concat([...inline, ...(areas[0] ? [continuation(areas[0], areasStart)] : [])]);
}

function continuation({ offset, size }: Area, start: number): Buffer {
  const body = Buffer.alloc(24);
  writeBoth32(body, start + Math.floor(offset / SECTOR), 0); // block location
  writeBoth32(body, offset % SECTOR, 8); // offset
  writeBoth32(body, size, 16); // length
  return entry('CE', body);
}

function sizeOf(entries: readonly Buffer[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}

/** Removes the first entries that fit. */
function takeUpTo(entries: Buffer[], room: number): Buffer[] {
  let size = 0;
  let count = 0;
  while (count < entries.length && size + entries[count]!.length <= room) size += entries[count++]!.length;
  return entries.splice(0, count);
}

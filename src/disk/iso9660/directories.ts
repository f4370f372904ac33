/** The directories of one of the two volumes: their records (9.1 of ECMA-119), their sectors, and the path tables (9.4). */
import { BootflakeError } from '../../base/errors.ts';
import { encodeShortDate, SECTOR, sectorsOf, writeBoth16, writeBoth32 } from './encoding.ts';
import type { IsoDirectory, IsoEntry, IsoFile, IsoTree } from './iso-tree.ts';
import { jolietNames, primaryNames } from './names.ts';
import { ContinuationAreas, encodeSystemUse, nodeEntries, rootEntries, type SystemUse } from './rock-ridge.ts';

const RECORD_SIZE = 33;
const MOST_RECORD = 254;
const FLAG = { directory: 0x02, multiExtent: 0x80 } as const;
/** Bytes of a file that one record can name: whole sectors, in 32 bits. */
const MOST_EXTENT = 2 ** 32 - SECTOR;
/** A directory's number in a path table has 16 bits. */
const MOST_DIRECTORIES = 65_535;
const SELF = Buffer.from([0]);
const PARENT = Buffer.from([1]);
const noSystemUse: SystemUse = { size: 0, inline: [], areas: [] };

interface Record {
  id: Buffer;
  flags: number;
  /** What it is the record of. */
  of: IsoDirectory | IsoFile | undefined;
  /** Sectors from the beginning of the file, and bytes, for the part of a file that this record names. */
  skip: number;
  length: number;
  use: SystemUse;
}

interface Listed {
  directory: IsoDirectory;
  id: Buffer;
  records: Record[];
  /** In bytes, whole sectors. */
  size: number;
  sector: number;
}

export interface DirectoryOptions {
  kind: 'primary' | 'joliet';
  /** Of all files, in seconds since 1970. */
  time: number;
}

export class Directories {
  readonly areas = new ContinuationAreas();
  /** In the order of the path tables: by depth, then parent, then name. */
  private readonly listed: Listed[] = [];
  private readonly byDirectory = new Map<IsoDirectory, Listed>();
  private areasStart = 0;

  constructor(
    tree: IsoTree,
    private readonly options: DirectoryOptions,
  ) {
    this.add(tree.root, SELF);
    for (let n = 0; n < this.listed.length; n++) this.list(this.listed[n]!);
    if (this.listed.length > MOST_DIRECTORIES)
      throw new BootflakeError({
        code: 'disk/too-many-directories',
        message: `the image has ${this.listed.length} directories, and ${MOST_DIRECTORIES} are the most that ISO 9660 can number`,
        hint: 'Put the tree into a squashfs, and that into the image.',
      });
  }

  get pathTableSize(): number {
    return this.listed.reduce((sum, { id }) => sum + pathRecordSize(id), 0);
  }

  /** Gives sectors to the directories and continuation areas, from `start` on; returns the first free one. */
  place(start: number): number {
    let next = start;
    for (const listed of this.listed) {
      listed.sector = next;
      next += listed.size / SECTOR;
    }
    this.areasStart = next;
    return next + sectorsOf(this.areas.size);
  }

  /** With the contents of all files placed: the directories and continuation areas. */
  encode(): Buffer {
    const parts = this.listed.map((listed) => {
      const b = Buffer.alloc(listed.size);
      let at = 0;
      for (const record of listed.records) {
        const bytes = this.encodeRecord(record);
        if ((at % SECTOR) + bytes.length > SECTOR) at = Math.ceil(at / SECTOR) * SECTOR;
        b.set(bytes, at);
        at += bytes.length;
      }
      return b;
    });
    return Buffer.concat([...parts, this.areas.encode(this.areasStart)]);
  }

  /** The root's record in the volume descriptor. */
  rootRecord(): Buffer {
    return this.encodeRecord({ ...this.listed[0]!.records[0]!, use: noSystemUse });
  }

  encodePathTable(order: 'little' | 'big'): Buffer {
    const numbers = new Map(this.listed.map(({ directory }, n) => [directory, n + 1]));
    return Buffer.concat(
      this.listed.map(({ directory, id, sector }) => {
        const b = Buffer.alloc(pathRecordSize(id));
        const parent = numbers.get(directory.parent)!;
        b.writeUInt8(id.length, 0); // length of directory identifier
        if (order === 'little') {
          b.writeUInt32LE(sector, 2); // location of extent
          b.writeUInt16LE(parent, 6); // parent directory number
        } else {
          b.writeUInt32BE(sector, 2);
          b.writeUInt16BE(parent, 6);
        }
        b.set(id, 8); // directory identifier
        return b;
      }),
    );
  }

  private add(directory: IsoDirectory, id: Buffer): void {
    const listed: Listed = { directory, id, records: [], size: 0, sector: 0 };
    this.listed.push(listed);
    this.byDirectory.set(directory, listed);
  }

  private list(listed: Listed): void {
    const { directory } = listed;
    listed.records.push(this.dotRecord(SELF, directory, directory.parent === directory), this.dotRecord(PARENT, directory.parent, false));
    const isPrimary = this.options.kind === 'primary';
    // Joliet has no symlinks.
    const entries = directory.entries.filter(({ node }) => isPrimary || node.type !== 'symlink');
    for (const { id, entry } of isPrimary ? primaryNames(entries) : jolietNames(entries)) {
      if (entry.directory) this.add(entry.directory, id);
      listed.records.push(...this.entryRecords(id, entry));
    }
    let size = 0;
    for (const record of listed.records) {
      const length = recordSize(record);
      if ((size % SECTOR) + length > SECTOR) size = Math.ceil(size / SECTOR) * SECTOR;
      size += length;
    }
    listed.size = sectorsOf(size) * SECTOR;
  }

  private dotRecord(id: Buffer, of: IsoDirectory, isRoot: boolean): Record {
    const record: Record = { id, flags: FLAG.directory, of, skip: 0, length: 0, use: noSystemUse };
    if (this.options.kind === 'joliet') return record;
    const entries = nodeEntries(of.node, undefined, of.links, this.options.time);
    const { first, last } = rootEntries();
    return { ...record, use: this.areas.divide(isRoot ? [first, ...entries, last] : entries, MOST_RECORD - recordSize(record)) };
  }

  private entryRecords(id: Buffer, entry: IsoEntry): Record[] {
    const { node, name, directory, file } = entry;
    const record: Record = { id, flags: directory ? FLAG.directory : 0, of: directory ?? file, skip: 0, length: 0, use: noSystemUse };
    const use = (): SystemUse =>
      this.options.kind === 'joliet'
        ? noSystemUse
        : this.areas.divide(nodeEntries(node, name, directory?.links ?? entry.links, this.options.time), MOST_RECORD - recordSize(record));
    if (!file) return [{ ...record, use: use() }];
    const records: Record[] = [];
    const { size } = file.contents;
    for (let at = 0; at === 0 || at < size; at += MOST_EXTENT) {
      const length = Math.min(MOST_EXTENT, size - at);
      records.push({ ...record, flags: at + length < size ? FLAG.multiExtent : 0, skip: at / SECTOR, length, use: use() });
    }
    return records;
  }

  private encodeRecord(record: Record): Buffer {
    const { id, flags, of, skip, use } = record;
    const directory = of && 'entries' in of ? this.byDirectory.get(of)! : undefined;
    const sector = directory ? directory.sector : of && 'contents' in of && of.sector > 0 ? of.sector + skip : 0;
    const b = Buffer.alloc(recordSize(record));
    b.writeUInt8(b.length, 0); // length of directory record
    writeBoth32(b, sector, 2); // location of extent
    writeBoth32(b, directory?.size ?? record.length, 10); // data length
    b.set(encodeShortDate(this.options.time), 18); // recording date and time
    b.writeUInt8(flags, 25); // file flags
    writeBoth16(b, 1, 28); // volume sequence number
    b.writeUInt8(id.length, 32); // length of file identifier
    b.set(id, 33); // file identifier
    b.set(encodeSystemUse(use, this.areasStart), evenly(RECORD_SIZE + id.length)); // system use
    return b;
  }
}

function evenly(size: number): number {
  return size + (size % 2);
}

function recordSize({ id, use }: Record): number {
  return evenly(evenly(RECORD_SIZE + id.length) + use.size);
}

function pathRecordSize(id: Buffer): number {
  return evenly(8 + id.length);
}

/**
 * The records of valid paths: one checked file per path in `<root>/nix/var/bootflake/valid`, named by the hash of the path. Its rename into
 * place is the commit point of a path. Records are removed only on request, so a path once seen valid is not checked again.
 */
import { readChecked, writeChecked } from '../kept/checked-file.ts';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileExists, fileFacts, listNames, readText, removeEntry } from '../system/file-operations.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import { RecordIndex } from './record-index.ts';
import type { ValidPathInfo } from './store.ts';

/** `bootId` of the boot in which the path was registered: after a power loss those paths are checked again. */
export type PathRecord = ValidPathInfo & { bootId?: string };

const KIND = { name: 'valid path', schema: 1 };
const SUFFIX = '.valid';
/** The unchecked format of earlier versions of bootflake: `HASH-NAME.json`. */
const OLD_SUFFIX = '.json';
const HASH_LENGTH = 32;
/** So many paths are worth an index. */
const MANY = 256;
/** A folder's size for each name in it; about, as it depends on the file system. */
const BYTES_PER_NAME = 64;

export class PathRecords {
  private readonly known = new Map<string, PathRecord>();
  private readonly seenFiles = new Set<string>();

  /** `folder` holds the records; `realPath` finds a path's files; `hold` protects requested paths from the garbage collector. */
  constructor(
    private readonly folder: string,
    private readonly realPath: (path: string) => string,
    private readonly hold: (path: string) => void,
  ) {}

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  /** The record, if the path's files exist too. */
  get(path: string): PathRecord | undefined {
    this.hold(path);
    const record = this.known.get(path) ?? this.read(path);
    if (record === undefined) return undefined;
    if (!this.seenFiles.has(path)) {
      if (!fileExists(this.realPath(path))) return undefined;
      this.seenFiles.add(path);
    }
    return record;
  }

  /** The record, whether or not the files exist. */
  read(path: string): PathRecord | undefined {
    const record = readRecord(this.fileOf(path)) ?? this.convert(`${this.folder}/${nameOf(path)}${OLD_SUFFIX}`);
    if (record?.path !== path) return undefined;
    this.known.set(path, record);
    return record;
  }

  /**
   * The record of the path with this hash part, whether or not the files exist: as it is on the disk now, and not protected from the
   * garbage collector. `hash` is 32 characters of Nix's base 32.
   */
  byHash(hash: string): PathRecord | undefined {
    const record = readRecord(`${this.folder}/${hash}${SUFFIX}`);
    return record?.path.startsWith(`${STORE_DIR}/${hash}-`) ? record : undefined;
  }

  /**
   * Reads the records of many paths, and finds out which of them have files, faster than `get` does one by one. The paths must be protected
   * from the garbage collector already. Afterwards `get` returns them at once.
   */
  readMany(paths: Iterable<string>): void {
    const wanted = [...new Set(paths)].filter((path) => !this.known.has(path));
    if (wanted.length < MANY) return;
    const index = new RecordIndex<PathRecord>(`${this.folder}.index`, this.folder);
    const indexed = index.load();
    const others: PathRecord[] = [];
    for (const path of wanted) {
      const found = indexed.get(path);
      if (found) this.known.set(path, found);
      else {
        const record = this.read(path);
        if (record) others.push(record);
      }
    }
    if (others.length >= MANY) index.save([...indexed.values(), ...others]);
    const names = namesIfFew(dirname(this.realPath(wanted[0]!)), wanted.length);
    if (names) for (const path of wanted) if (names.has(nameOf(path))) this.seenFiles.add(path);
  }

  write(record: PathRecord): void {
    writeChecked(this.fileOf(record.path), KIND, [Buffer.from(JSON.stringify(record), 'utf8')]);
    this.known.set(record.path, record);
    this.seenFiles.add(record.path);
  }

  remove(path: string): void {
    removeEntry(this.fileOf(path));
    removeEntry(`${this.folder}/${nameOf(path)}${OLD_SUFFIX}`);
    this.known.delete(path);
    this.seenFiles.delete(path);
  }

  /** Every path with a record, read afresh, sorted. A damaged record is left out. */
  all(): PathRecord[] {
    const records = this.entries().flatMap(({ record }) => record ?? []);
    for (const record of records) this.known.set(record.path, record);
    return records.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The hash parts of paths whose records are damaged. */
  damaged(): string[] {
    return this.entries().flatMap(({ hash, record }) => (record ? [] : [hash]));
  }

  /** Removes a damaged record. */
  forget(hash: string): void {
    for (const name of listNames(this.folder)) if (name.startsWith(hash)) removeEntry(`${this.folder}/${name}`);
  }

  private entries(): { hash: string; record: PathRecord | undefined }[] {
    return listNames(this.folder).flatMap((name) => {
      const file = `${this.folder}/${name}`;
      const hash = name.slice(0, HASH_LENGTH);
      if (name === `${hash}${SUFFIX}`) return [{ hash, record: readRecord(file) }];
      return name.endsWith(OLD_SUFFIX) ? [{ hash, record: this.convert(file) }] : [];
    });
  }

  private convert(file: string): PathRecord | undefined {
    const record = parseOldRecord(readText(file, 'utf8'));
    if (!record || !file.endsWith(`/${nameOf(record.path)}${OLD_SUFFIX}`)) return undefined;
    try {
      writeChecked(this.fileOf(record.path), KIND, [Buffer.from(JSON.stringify(record), 'utf8')]);
      removeEntry(file);
    } catch {
      // A read-only store is used as it is.
    }
    return record;
  }

  private fileOf(path: string): string {
    return `${this.folder}/${nameOf(path).slice(0, HASH_LENGTH)}${SUFFIX}`;
  }
}

/** The names in a folder; undefined if they are so many that asking for `count` of them is faster. */
function namesIfFew(folder: string, count: number): Set<string> | undefined {
  const size = fileFacts(folder)?.size ?? Infinity;
  return size < count * 8 * BYTES_PER_NAME ? new Set(readdirSync(folder)) : undefined;
}

function nameOf(path: string): string {
  return path.slice(STORE_DIR.length + 1);
}

function readRecord(file: string): PathRecord | undefined {
  const contents = readChecked(file, KIND);
  return contents && (JSON.parse(contents.toString('utf8')) as PathRecord);
}

/** A record that a power loss has emptied or truncated counts as missing. */
function parseOldRecord(text: string | undefined): PathRecord | undefined {
  // Checked first: an exception costs more than all else here.
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as PathRecord;
    return typeof record.path === 'string' && typeof record.narHash === 'string' && Array.isArray(record.references) ? record : undefined;
  } catch {
    return undefined;
  }
}

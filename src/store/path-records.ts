/**
 * Which paths are valid, and what is known of them: one JSON file per path in `<root>/nix/var/bootflake/valid`. Its rename into place is the
 * commit point of a path. Nothing here forgets by itself, so what was seen valid once is not asked for again.
 */
import { fileExists, listNames, readText, removeEntry, replaceText } from '../io/file-operations.ts';
import type { ValidPathInfo } from './store.ts';

/** `bootId` of the boot in which the path was registered: after a power loss those paths are looked at again. */
export type PathRecord = ValidPathInfo & { bootId?: string };

export class PathRecords {
  private readonly known = new Map<string, PathRecord>();
  private readonly seenFiles = new Set<string>();

  /** `folder` holds the records; `realPath` finds a path's files; `hold` keeps the garbage collector from what is asked for. */
  constructor(private readonly folder: string, private readonly realPath: (path: string) => string, private readonly hold: (path: string) => void) {}

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  /** The record, if the path's files are there too. */
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

  /** The record alone, whether or not the files are there. */
  read(path: string): PathRecord | undefined {
    const text = readText(this.fileOf(path), 'utf8');
    if (text === undefined) return undefined;
    const record = parseRecord(text, path);
    if (record) this.known.set(path, record);
    return record;
  }

  write(record: PathRecord): void {
    replaceText(this.fileOf(record.path), `${JSON.stringify(record)}\n`);
    this.known.set(record.path, record);
    this.seenFiles.add(record.path);
  }

  remove(path: string): void {
    removeEntry(this.fileOf(path));
    this.known.delete(path);
    this.seenFiles.delete(path);
  }

  /** Every path with a record, read afresh, sorted. A record that cannot be read is left out. */
  all(): PathRecord[] {
    const records: PathRecord[] = [];
    for (const name of listNames(this.folder)) {
      if (!name.endsWith('.json')) continue;
      const record = this.read(`/nix/store/${name.slice(0, -'.json'.length)}`);
      if (record) records.push(record);
    }
    return records;
  }

  private fileOf(path: string): string {
    return `${this.folder}/${path.slice(path.lastIndexOf('/') + 1)}.json`;
  }
}

/** A record that a power loss has emptied or cut counts as none. */
function parseRecord(text: string, path: string): PathRecord | undefined {
  try {
    const record = JSON.parse(text) as PathRecord;
    return record.path === path && typeof record.narHash === 'string' && Array.isArray(record.references) ? record : undefined;
  } catch {
    return undefined;
  }
}

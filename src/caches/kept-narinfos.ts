/**
 * The records of a binary cache that are kept between runs: one folder per cache, with one checked file for its nix-cache-info and 32 for
 * narinfos, by the first character of the path's hash. A run reads and writes only the files that it needs.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemFacts } from '../base/system-errors.ts';
import { readCheckedJson, writeCheckedJson } from '../kept/json-cache.ts';
import type { FileKind } from '../kept/checked-file.ts';
import { digestHex } from '../nix-format/hash.ts';
import { wallClockSeconds } from '../system/clock.ts';

/** Seconds that a record is used: of a path that exists, of one that does not, of nix-cache-info. */
export interface NarInfoTtls {
  positive: number;
  negative: number;
  meta: number;
}

/** When the file was requested, in seconds since 1970, and its text; `null` when there was none. */
type Entry = [time: number, text: string | null];

const KIND: FileKind = { name: 'narinfos', schema: 1 };
const INFO_KIND: FileKind = { name: 'nix-cache-info', schema: 1 };
const MOST_CACHES = 16;
/** Of one file, 32 of which make a cache. */
const MOST_ENTRIES = 2000;
const MOST_BYTES = 4 << 20;
/** Longer texts are requested each time. */
const MOST_TEXT = 256 << 10;

export class KeptNarInfos {
  private readonly folder: string;
  /** The hash of the address, which may have a password in it. */
  private readonly key: string;
  private readonly shards = new Map<string, Map<string, Entry>>();
  private readonly changed = new Map<string, Map<string, Entry | undefined>>();

  /** `cacheDir`: bootflake's folder for caches. `uri`: the cache's address. */
  constructor(
    private readonly cacheDir: string,
    uri: string,
    private readonly ttls: NarInfoTtls,
  ) {
    this.key = digestHex('sha256', Buffer.from(uri, 'utf8'));
    this.folder = join(cacheDir, 'narinfo', this.key.slice(0, 32));
  }

  /** Returns the record of a path, by the hash part of its name; undefined when it must be requested. */
  find(hash: string): { text: string | undefined } | undefined {
    const entry = this.shard(hash).get(hash);
    if (!entry) return undefined;
    const [time, text] = entry;
    if (!this.isFresh(time, text === null ? this.ttls.negative : this.ttls.positive)) return undefined;
    return { text: text ?? undefined };
  }

  /** `text`: undefined when the path is not there. Written by `save`. */
  remember(hash: string, text: string | undefined): void {
    if ((text?.length ?? 0) <= MOST_TEXT) this.change(hash, [wallClockSeconds(), text ?? null]);
  }

  forget(hash: string): void {
    this.change(hash, undefined);
  }

  cacheInfo(): string | undefined {
    const entry = readCheckedJson(this.infoFile(), INFO_KIND, this.key) as Entry | undefined;
    return entry && this.isFresh(entry[0], this.ttls.meta) ? (entry[1] ?? undefined) : undefined;
  }

  /** Ignores a cache that cannot be written. */
  rememberCacheInfo(text: string): void {
    if (this.cacheInfo() === text) return;
    if (writeCheckedJson(this.infoFile(), INFO_KIND, this.key, [wallClockSeconds(), text] satisfies Entry)) this.forgetOldestCaches();
  }

  /** Writes what has changed. Another run's entries are kept; ignores a cache that cannot be written. */
  save(): void {
    for (const [name, changes] of this.changed) {
      const entries = this.read(name);
      for (const [hash, entry] of changes) {
        if (entry) entries.set(hash, entry);
        else entries.delete(hash);
      }
      writeCheckedJson(this.shardFile(name), KIND, this.key, newest(entries));
    }
    this.changed.clear();
  }

  private change(hash: string, entry: Entry | undefined): void {
    const shard = this.shard(hash);
    if (entry) shard.set(hash, entry);
    else if (!shard.delete(hash)) return;
    const name = hash.slice(0, 1);
    const changes = this.changed.get(name) ?? new Map<string, Entry | undefined>();
    this.changed.set(name, changes);
    changes.set(hash, entry);
  }

  /** A time in the future is that of a clock that was wrong. */
  private isFresh(time: number, ttl: number): boolean {
    const age = wallClockSeconds() - time;
    return age >= 0 && age < ttl;
  }

  private shard(hash: string): Map<string, Entry> {
    const name = hash.slice(0, 1);
    let entries = this.shards.get(name);
    if (!entries) this.shards.set(name, (entries = this.read(name)));
    return entries;
  }

  private read(name: string): Map<string, Entry> {
    const kept = readCheckedJson(this.shardFile(name), KIND, this.key);
    return new Map(Array.isArray(kept) ? (kept as [string, Entry][]) : []);
  }

  private shardFile(name: string): string {
    return join(this.folder, `${name}.kept`);
  }

  private infoFile(): string {
    return join(this.folder, 'nix-cache-info.kept');
  }

  private forgetOldestCaches(): void {
    try {
      const parent = join(this.cacheDir, 'narinfo');
      const folders = readdirSync(parent).map((name) => {
        const path = join(parent, name);
        return { path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
      });
      const old = folders.sort((a, b) => b.time - a.time).slice(MOST_CACHES);
      for (const { path } of old) rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!systemFacts(error)) throw error;
    }
  }
}

/** Returns the entries that a file has room for, the most recently requested ones. */
function newest(entries: ReadonlyMap<string, Entry>): [string, Entry][] {
  let bytes = 0;
  const sorted = [...entries].sort(([, [a]], [, [b]]) => b - a);
  return sorted.slice(0, MOST_ENTRIES).filter(([, [, text]]) => (bytes += (text?.length ?? 0) + 50) <= MOST_BYTES);
}

/** A cache of small facts: one checked file per entry, named by the hash of its key. The number of entries is bounded. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemFacts } from '../base/system-errors.ts';
import { digestHex } from '../nix-format/hash.ts';
import { readChecked, writeChecked, type FileKind } from './checked-file.ts';

const MOST_ENTRIES = 2000;

export class JsonCache {
  constructor(
    private readonly folder: string,
    private readonly kind: FileKind,
    private readonly most = MOST_ENTRIES,
  ) {}

  find(key: string): unknown {
    return readCheckedJson(this.file(key), this.kind, key);
  }

  /** Ignores a cache that cannot be written. */
  remember(key: string, value: unknown): void {
    unlessTheSystemFails(() => {
      writeChecked(this.file(key), this.kind, [checkedJson(key, value)]);
      this.forgetOldest();
    });
  }

  forget(key: string): void {
    unlessTheSystemFails(() => rmSync(this.file(key), { force: true }));
  }

  private file(key: string): string {
    return join(this.folder, `${digestHex('sha256', Buffer.from(key, 'utf8'))}.kept`);
  }

  private forgetOldest(): void {
    const names = readdirSync(this.folder);
    if (names.length <= this.most) return;
    const aged = names.map((name) => ({
      path: join(this.folder, name),
      time: statSync(join(this.folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }));
    for (const { path } of aged.sort((a, b) => a.time - b.time).slice(0, names.length / 2)) rmSync(path, { force: true });
  }
}

/** Returns the value that a checked file holds for `key`; undefined when the file is missing, damaged, or holds another key's value. */
export function readCheckedJson(path: string, kind: FileKind, key: string): unknown {
  const body = readChecked(path, kind);
  if (!body) return undefined;
  const kept = JSON.parse(body.toString('utf8')) as { key: string; value: unknown };
  return kept.key === key ? kept.value : undefined;
}

/** Returns false when the file cannot be written. */
export function writeCheckedJson(path: string, kind: FileKind, key: string, value: unknown): boolean {
  return unlessTheSystemFails(() => writeChecked(path, kind, [checkedJson(key, value)]));
}

function checkedJson(key: string, value: unknown): Buffer {
  return Buffer.from(JSON.stringify({ key, value }), 'utf8');
}

/** Returns false when a system call fails; throws any other error. */
function unlessTheSystemFails(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!systemFacts(error)) throw error;
    return false;
  }
}

/**
 * Removes what will not be read again from the cache folder, once a day at the end of an evaluation: the files of other versions of
 * bootflake, package indexes not used lately, abandoned partial downloads, and the temporary files of killed processes.
 */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { wallClockSeconds } from '../system/clock.ts';
import { writeFileAtomic } from '../system/files.ts';

const DAY = 86_400;
/** Days for which the files of another version are kept after they were written: both versions may be in use. */
const OTHER_VERSION = 30;
const MOST_INDEXES = 8;
const MOST_PACKAGE_LISTS = 24;
const PART = 14;

interface Entry {
  path: string;
  name: string;
  /** Seconds since it was written or last recorded as used. */
  age: number;
}

/** Records that a file of the cache was used, at most once a day. */
export function noteUse(path: string): void {
  try {
    const now = wallClockSeconds();
    if (Math.abs(now - statSync(path).mtimeMs / 1000) > DAY) utimesSync(path, now, now);
  } catch {
    // A cache that cannot be written is used as it is.
  }
}

/** Sweeps the cache, at most once a day. `version` is the running one. */
export function sweepCache(folder: string, version: string): void {
  const marker = join(folder, 'swept');
  const age = wallClockSeconds() - (statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000;
  if (Math.abs(age) < DAY) return;
  try {
    writeFileAtomic(marker, []);
    for (const { path } of leftOvers(folder, version)) rmSync(path, { recursive: true, force: true });
  } catch {
    // The next day's run tries again.
  }
}

function leftOvers(folder: string, version: string): Entry[] {
  const at = (...parts: string[]): Entry[] => entriesOf(join(folder, ...parts));
  const all = [
    at(),
    at('debian'),
    at('debian', 'packages'),
    at('debian', 'sizes'),
    at('fetch'),
    at('fetch', 'answers'),
    at('results'),
    at('downloads'),
    at(`expressions-${version}`),
  ].flat();
  return [
    ...all.filter(({ name, age }) => age > DAY && (name.endsWith('.tmp') || name.startsWith('incoming-'))),
    ...at().filter(({ name, age }) => age > OTHER_VERSION * DAY && isOfOtherVersion(name, version)),
    ...[at('fetch', 'answers'), at('results'), at('debian')].flat().filter(({ name }) => name.endsWith('.json')),
    ...oldest(
      at('debian').filter(({ name }) => name.endsWith('.index')),
      MOST_INDEXES,
    ),
    ...oldest(at('debian', 'packages'), MOST_PACKAGE_LISTS),
    ...at('downloads').filter(({ age }) => age > PART * DAY),
  ];
}

function isOfOtherVersion(name: string, version: string): boolean {
  const [, found] = /^[a-z-]+-([0-9][^/]*?)(?:\.code|\.bin)?$/.exec(name) ?? [];
  return found !== undefined && found !== version;
}

function oldest(entries: Entry[], most: number): Entry[] {
  return entries.sort((a, b) => a.age - b.age).slice(most);
}

function entriesOf(folder: string): Entry[] {
  const now = wallClockSeconds();
  try {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat ? [{ path, name, age: now - stat.mtimeMs / 1000 }] : [];
    });
  } catch {
    return [];
  }
}

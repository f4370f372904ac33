/** The names of files for readers without Rock Ridge: those of ISO 9660, and those of Joliet. */
import { ucs2 } from './encoding.ts';

/** 7.5 of ECMA-119 as interchange level 2 has it: name and extension have 30 characters together. */
const MOST_FILE = 30;
const MOST_EXTENSION = 8;
const MOST_DIRECTORY = 31;
/** Of Joliet's specification: 128 bytes. */
const MOST_JOLIET = 64;

/** Returns a directory's entries with their names, in the order in which they have to be. */
export type NamedEntries<T> = { id: Buffer; entry: T }[];

interface Nameable {
  name: string;
  isDirectory: boolean;
}

/** Capitals, digits and `_`; a file's name has a dot and a version. */
export function primaryNames<T extends Nameable>(entries: readonly T[]): NamedEntries<T> {
  const taken = new Set<string>();
  const named = entries.map((entry) => {
    const [base, extension] = entry.isDirectory ? [plain(entry.name), ''] : split(entry.name);
    const most = entry.isDirectory ? MOST_DIRECTORY : MOST_FILE - extension.length;
    const unique = uniqueName(base.slice(0, most), most, taken, (text) => `${text}.${extension}`);
    return { entry, base: unique, extension };
  });
  named.sort(
    (a, b) =>
      compare(a.base.padEnd(MOST_DIRECTORY), b.base.padEnd(MOST_DIRECTORY)) ||
      compare(a.extension.padEnd(MOST_EXTENSION), b.extension.padEnd(MOST_EXTENSION)),
  );
  return named.map(({ entry, base, extension }) => ({
    entry,
    id: Buffer.from(entry.isDirectory ? base : `${base}.${extension};1`, 'latin1'),
  }));
}

/** Up to 64 characters of UCS-2, without those that Joliet forbids. */
export function jolietNames<T extends Nameable>(entries: readonly T[]): NamedEntries<T> {
  const taken = new Set<string>();
  return entries
    .map((entry) => {
      const text = entry.name.replace(/[\x00-\x1f*/:;?\\]|[\ud800-\udbff][\udc00-\udfff]/g, '_');
      return { entry, id: ucs2(uniqueName(text.slice(0, MOST_JOLIET), MOST_JOLIET, taken, (name) => name)) };
    })
    .sort((a, b) => Buffer.compare(a.id, b.id));
}

function plain(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
}

function split(name: string): [base: string, extension: string] {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return [plain(name), ''];
  return [plain(name.slice(0, dot)), plain(name.slice(dot + 1)).slice(0, MOST_EXTENSION)];
}

/** Ends the name with a number if the directory has it already. */
function uniqueName(text: string, most: number, taken: Set<string>, whole: (text: string) => string): string {
  for (let n = 0; ; n++) {
    const ending = n === 0 ? '' : `_${n}`;
    const name = text.slice(0, most - ending.length) + ending;
    if (taken.has(whole(name))) continue;
    taken.add(whole(name));
    return name;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

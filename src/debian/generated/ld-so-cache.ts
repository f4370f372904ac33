/**
 * etc/ld.so.cache: where the dynamic linker finds libraries by name. Format "glibc-ld.so.cache1.1": glibc's sysdeps/generic/dl-cache.h.
 * The same as ldconfig would write for the tree, except for the order of the strings.
 */
import { DIGIT_0, DIGIT_9 } from '../../base/ascii.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { EM, readSharedObject, type SharedObject } from './elf.ts';
import { filesBelow, follow, followDirectory, readNode } from './tree-walk.ts';

interface CacheEntry {
  key: string;
  path: string;
  flags: number;
  /** Name of a folder below `glibc-hwcaps`, for libraries that only newer processors may load. */
  hwcap: string | undefined;
}

const MAGIC = 'glibc-ld.so.cache1.1';
/** Field offsets: struct cache_file_new of glibc's dl-cache.h, and its entries. */
const HEADER = { nlibs: 20, len_strings: 24, flags: 28, extension_offset: 32 } as const;
const HEADER_SIZE = 48;
const ENTRY = { flags: 0, key: 4, value: 8, hwcap: 16 } as const;
const ENTRY_SIZE = 24;
/** The extension directory: struct cache_extension and its sections of four words each. */
const EXTENSION = { magic: 0, count: 4, sections: 8 } as const;
const EXTENSION_SECTION_SIZE = 16;
/** Flags of an entry: the C library, and the architecture for which glibc keeps libraries apart. */
const FLAG = { ELF_LIBC6: 0x003, X8664_LIB64: 0x300, X8664_LIBX32: 0x800, AARCH64_LIB64: 0xa00 } as const;
const LITTLE_ENDIAN = 2;
const EXTENSION_MAGIC = 0xeaa42174;
const TAG_GENERATOR = 0;
const TAG_HWCAPS = 1;
/** The upper half of an entry's hwcap field says that the lower half is a number in the list of hwcaps. */
const HWCAP_EXTENSION = 1 << 30;

const DEFAULT_FOLDERS = ['/lib', '/usr/lib'];

/** Returns the flags by which glibc distinguishes machines: FLAG_ELF_LIBC6 and the architecture. */
function flagsOf({ machine, wide }: SharedObject): number | undefined {
  if (machine === EM.X86_64) return FLAG.ELF_LIBC6 | (wide ? FLAG.X8664_LIB64 : FLAG.X8664_LIBX32);
  if (machine === EM.I386) return FLAG.ELF_LIBC6;
  if (machine === EM.AARCH64) return wide ? FLAG.ELF_LIBC6 | FLAG.AARCH64_LIB64 : undefined;
  return undefined;
}

/** Returns the cache's bytes; undefined for a tree without the dynamic linker's configuration. */
export function ldSoCache(root: DirectoryNode): Uint8Array | undefined {
  const folders = libraryFolders(root);
  if (folders.length === 0) return undefined;
  const entries: CacheEntry[] = [];
  const seen = new Set<DirectoryNode>();
  for (const path of folders) {
    const node = followDirectory(root, path);
    if (!node || seen.has(node)) continue;
    seen.add(node);
    entries.push(...folderEntries(root, path, node, undefined));
    const capabilities = node.entries.get('glibc-hwcaps');
    if (capabilities?.type !== 'directory') continue;
    for (const [name, child] of capabilities.entries) {
      if (child.type === 'directory') entries.push(...folderEntries(root, `${path}/glibc-hwcaps/${name}`, child, name));
    }
  }
  return encode(entries);
}

/** Folders of etc/ld.so.conf.d in the order of the files' names, then the built-in ones. */
function libraryFolders(root: DirectoryNode): string[] {
  const configuration = followDirectory(root, 'etc/ld.so.conf.d');
  if (!configuration) return [];
  const named: string[] = [];
  for (const [name, node] of filesBelow(configuration)) {
    if (!name.endsWith('.conf')) continue;
    for (const line of readNode(node).toString('latin1').split('\n')) {
      const path = line.replace(/#.*/, '').trim();
      if (path.startsWith('/')) named.push(path.replace(/\/+$/, ''));
    }
  }
  return [...named, ...DEFAULT_FOLDERS];
}

function folderEntries(root: DirectoryNode, path: string, folder: DirectoryNode, hwcap: string | undefined): CacheEntry[] {
  const best = new Map<string, CacheEntry & { name: string }>();
  for (const [name, node] of folder.entries) {
    if (!/^(?:lib|ld).*\.so/.test(name)) continue;
    const target = node.type === 'symlink' ? follow(root, `${path}/${name}`) : node;
    if (target?.type !== 'regular') continue;
    const object = readSharedObject(target.contents);
    const flags = object && flagsOf(object);
    if (!object || flags === undefined) continue;
    // The link for ld(1), libx.so for libx.so.1, is listed by its own name; everything else by its SONAME.
    const soname = object.soname ?? name;
    const key = node.type === 'symlink' && name.endsWith('.so') && soname.startsWith(name) ? name : soname;
    const other = best.get(key);
    if (other && other.name === key) continue;
    if (other && name !== key && compareLibraryNames(other.name, name) >= 0) continue;
    best.set(key, { key, name, path: `${path}/${name}`, flags, hwcap });
  }
  return [...best.values()];
}

function encode(entries: CacheEntry[]): Uint8Array {
  const hwcaps = [...new Set(entries.flatMap(({ hwcap }) => hwcap ?? []))].sort();
  entries.sort((a, b) => compareLibraryNames(b.key, a.key) || b.flags - a.flags || rank(hwcaps, a) - rank(hwcaps, b));
  const strings: Buffer[] = [];
  const stringsStart = HEADER_SIZE + entries.length * ENTRY_SIZE;
  let stringsLength = 0;
  const place = (text: string): number => {
    const bytes = Buffer.from(`${text}\0`);
    strings.push(bytes);
    stringsLength += bytes.length;
    return stringsStart + stringsLength - bytes.length;
  };
  const head = Buffer.alloc(stringsStart);
  entries.forEach(({ key, path, flags, hwcap }, i) => {
    const at = HEADER_SIZE + i * ENTRY_SIZE;
    const value = place(path);
    head.writeInt32LE(flags, at + ENTRY.flags);
    // The last part of a path serves as the key if it is the same.
    head.writeUInt32LE(path.endsWith(`/${key}`) ? value + path.length - key.length : place(key), at + ENTRY.key);
    head.writeUInt32LE(value, at + ENTRY.value);
    if (hwcap !== undefined) {
      head.writeUInt32LE(hwcaps.indexOf(hwcap), at + ENTRY.hwcap);
      head.writeUInt32LE(HWCAP_EXTENSION, at + ENTRY.hwcap + 4);
    }
  });
  const hwcapStrings = hwcaps.map(place);
  const extensionStart = Math.ceil((stringsStart + stringsLength) / 4) * 4;
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(entries.length, HEADER.nlibs);
  head.writeUInt32LE(stringsLength, HEADER.len_strings);
  head[HEADER.flags] = LITTLE_ENDIAN;
  head.writeUInt32LE(extensionStart, HEADER.extension_offset);
  const padding = Buffer.alloc(extensionStart - stringsStart - stringsLength);
  return Buffer.concat([head, ...strings, padding, extension(extensionStart, hwcapStrings)]);
}

/** The extension directory after the strings: the generator of the cache, and the hwcaps' names. */
function extension(start: number, hwcapStrings: number[]): Buffer {
  const generator = Buffer.from('bootflake');
  const sections = hwcapStrings.length > 0 ? 2 : 1;
  const directory = Buffer.alloc(EXTENSION.sections + sections * EXTENSION_SECTION_SIZE);
  directory.writeUInt32LE(EXTENSION_MAGIC, EXTENSION.magic);
  directory.writeUInt32LE(sections, EXTENSION.count);
  const section = (i: number, tag: number, offset: number, size: number) =>
    [tag, 0, offset, size].forEach((value, n) => directory.writeUInt32LE(value, EXTENSION.sections + i * EXTENSION_SECTION_SIZE + n * 4));
  const hwcapsStart = start + directory.length;
  const hwcapTable = Buffer.alloc(hwcapStrings.length * 4);
  hwcapStrings.forEach((offset, i) => hwcapTable.writeUInt32LE(offset, i * 4));
  section(0, TAG_GENERATOR, hwcapsStart + hwcapTable.length, generator.length);
  if (sections === 2) section(1, TAG_HWCAPS, hwcapsStart, hwcapTable.length);
  return Buffer.concat([directory, hwcapTable, generator]);
}

/** Libraries for newer processors come before the plain ones of the same name. */
function rank(hwcaps: string[], { hwcap }: CacheEntry): number {
  return hwcap === undefined ? hwcaps.length : hwcaps.length - 1 - hwcaps.indexOf(hwcap);
}

/** The linker's order for binary search: numbers in names compare as numbers (_dl_cache_libcmp). */
export function compareLibraryNames(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length) {
    const digitA = isDigit(a, i);
    const digitB = isDigit(b, j);
    if (digitA && digitB) {
      let numberA = 0;
      let numberB = 0;
      while (isDigit(a, i)) numberA = numberA * 10 + a.charCodeAt(i++) - DIGIT_0;
      while (isDigit(b, j)) numberB = numberB * 10 + b.charCodeAt(j++) - DIGIT_0;
      if (numberA !== numberB) return numberA - numberB;
    } else if (digitA) return 1;
    else if (digitB) return -1;
    else {
      const difference = a.charCodeAt(i) - (j < b.length ? b.charCodeAt(j) : 0);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
  }
  return j < b.length ? -b.charCodeAt(j) : 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= DIGIT_0 && code <= DIGIT_9;
}

/** Directory entries, short and long: fatgen103, sections "FAT Directory Structure" and "FAT Long Directory Entries". */
export const ENTRY_SIZE = 32;

export const ATTRIBUTE = { readOnly: 0x01, volumeId: 0x08, directory: 0x10, archive: 0x20, longName: 0x0f } as const;

export interface FatEntry {
  name: string;
  attributes: number;
  cluster: number;
  /** 0 for a directory. */
  size: number;
}

const SHORT_CHARACTERS = /^[A-Z0-9!#$%&'()@^_`{}~-]+$/;
const LONG_CHARACTERS = 13;

/** Date and time fields for seconds since 1970, in UTC; FAT begins with 1980 and ends with 2107. */
export function fatTime(seconds: number): { date: number; time: number } {
  const at = new Date(Math.min(Math.max(seconds, Date.UTC(1980, 0, 1) / 1000), Date.UTC(2107, 11, 31) / 1000) * 1000);
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

/** Returns the 11 bytes of a name that is a valid short name unchanged, else undefined. */
function exactShortName(name: string): string | undefined {
  if (name === '.' || name === '..') return name.padEnd(11);
  const [base = '', extension = '', ...rest] = name.split('.');
  if (rest.length > 0 || base.length > 8 || extension.length > 3 || !SHORT_CHARACTERS.test(base)) return undefined;
  if (name.includes('.') && !SHORT_CHARACTERS.test(extension)) return undefined;
  return base.padEnd(8) + extension.padEnd(3);
}

/** Returns "BASIS~1 EXT" with the first free number. */
function generatedShortName(name: string, taken: Set<string>): string {
  const clean = (part: string): string =>
    [...part.toUpperCase()].map((c) => (SHORT_CHARACTERS.test(c) ? c : c === ' ' || c === '.' ? '' : '_')).join('');
  const dot = name.lastIndexOf('.');
  const base = clean(dot > 0 ? name.slice(0, dot) : name);
  const extension = clean(dot > 0 ? name.slice(dot + 1) : '').slice(0, 3);
  for (let n = 1; ; n++) {
    const tail = `~${n}`;
    const short = (base.slice(0, 8 - tail.length) + tail).padEnd(8) + extension.padEnd(3);
    if (!taken.has(short)) return short;
  }
}

function shortChecksum(short: string): number {
  let sum = 0;
  for (let n = 0; n < 11; n++) sum = (((sum & 1) << 7) + (sum >> 1) + short.charCodeAt(n)) & 0xff;
  return sum;
}

function encodeShort(short: string, entry: FatEntry, seconds: number): Buffer {
  const b = Buffer.alloc(ENTRY_SIZE);
  const { date, time } = fatTime(seconds);
  b.write(short, 0, 'latin1'); // DIR_Name
  b.writeUInt8(entry.attributes, 11); // DIR_Attr
  b.writeUInt16LE(time, 14); // DIR_CrtTime
  b.writeUInt16LE(date, 16); // DIR_CrtDate
  b.writeUInt16LE(date, 18); // DIR_LstAccDate
  b.writeUInt16LE(entry.cluster >>> 16, 20); // DIR_FstClusHI
  b.writeUInt16LE(time, 22); // DIR_WrtTime
  b.writeUInt16LE(date, 24); // DIR_WrtDate
  b.writeUInt16LE(entry.cluster & 0xffff, 26); // DIR_FstClusLO
  b.writeUInt32LE(entry.size, 28); // DIR_FileSize
  return b;
}

/** Set in the LDIR_Ord of a name's last part. */
const LAST_LONG_ENTRY = 0x40;

/** Returns the long name's entries, last part first, in the order in which they precede the short one. */
function encodeLong(name: string, short: string): Buffer[] {
  const checksum = shortChecksum(short);
  const parts = Math.ceil(name.length / LONG_CHARACTERS);
  return Array.from({ length: parts }, (_, n) => parts - n).map((order) => {
    const b = Buffer.alloc(ENTRY_SIZE);
    b.writeUInt8(order === parts ? order | LAST_LONG_ENTRY : order, 0); // LDIR_Ord
    b.writeUInt8(ATTRIBUTE.longName, 11); // LDIR_Attr
    b.writeUInt8(checksum, 13); // LDIR_Chksum
    for (let n = 0; n < LONG_CHARACTERS; n++) {
      const index = (order - 1) * LONG_CHARACTERS + n;
      const at = n < 5 ? 1 + 2 * n : n < 11 ? 14 + 2 * (n - 5) : 28 + 2 * (n - 11); // LDIR_Name1, 2, 3
      b.writeUInt16LE(index < name.length ? name.charCodeAt(index) : index === name.length ? 0 : 0xffff, at);
    }
    return b;
  });
}

/** Returns a directory's bytes: its entries in the given order, without padding. */
export function encodeDirectory(entries: FatEntry[], seconds: number): Buffer {
  const taken = new Set(entries.map((entry) => exactShortName(entry.name)).filter((short) => short !== undefined));
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.attributes & ATTRIBUTE.volumeId) return [encodeShort(entry.name, entry, seconds)];
      const exact = exactShortName(entry.name);
      if (exact !== undefined) return [encodeShort(exact, entry, seconds)];
      const short = generatedShortName(entry.name, taken);
      taken.add(short);
      return [...encodeLong(entry.name, short), encodeShort(short, entry, seconds)];
    }),
  );
}

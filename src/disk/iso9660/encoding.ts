/** Fields of ISO 9660 (ECMA-119, 4th edition): numbers in both byte orders, dates, padded text. */

export const SECTOR = 2048;

/** 7.2.3: a 16-bit number, little-endian and then big-endian. */
export function writeBoth16(b: Buffer, value: number, at: number): void {
  b.writeUInt16LE(value, at);
  b.writeUInt16BE(value, at + 2);
}

/** 7.3.3: a 32-bit number, little-endian and then big-endian. */
export function writeBoth32(b: Buffer, value: number, at: number): void {
  b.writeUInt32LE(value, at);
  b.writeUInt32BE(value, at + 4);
}

/** 9.1.5: the 7 bytes of a date in a directory. `time` is in seconds since 1970; the zone is UTC. */
export function encodeShortDate(time: number): Buffer {
  const date = new Date(time * 1000);
  return Buffer.from([
    date.getUTCFullYear() - 1900,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  ]);
}

/** 8.4.26.1: the 17 bytes of a date in a volume descriptor; without a time, a date that is not given. */
export function encodeLongDate(time: number | undefined): Buffer {
  const digits =
    time === undefined
      ? '0'.repeat(16)
      : `${new Date(time * 1000)
          .toISOString()
          .replace(/[^0-9]/g, '')
          .slice(0, 14)}00`;
  return Buffer.from(`${digits}\0`, 'latin1');
}

/** Text of `length` bytes, cut or filled with spaces; in UCS-2 for Joliet. */
export function paddedText(text: string, length: number, isJoliet: boolean): Buffer {
  if (!isJoliet) return Buffer.from(text.slice(0, length).padEnd(length), 'latin1');
  const characters = Math.floor(length / 2);
  return Buffer.concat([ucs2(text.slice(0, characters).padEnd(characters))], length);
}

/** UCS-2, big-endian. */
export function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

export function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / SECTOR);
}

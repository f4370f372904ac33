/**
 * A member's header of 512 bytes as GNU tar writes it (`--format=oldgnu`): "Basic Tar Format" and "GNU Extensions to the Archive Format" of
 * its manual. Numbers are octal digits, or, where these do not suffice, big-endian behind a byte 0x80.
 */
export const TAR_BLOCK = 512;
/** Of an archive's end. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/** Offset and length of each field. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  /** "ustar", two spaces and a NUL. */
  magic: [257, 8],
  user: [265, 32],
  group: [297, 32],
} as const;

export interface TarMember {
  /** A name of at most 100 bytes. */
  name: string;
  /** Bytes of the archive that follow the header, without what fills the last block. */
  size: number;
  /** In seconds since 1970. */
  time: number;
  /** Defaults to that of a regular file. */
  type?: string;
  /** Where a link leads, of at most 100 bytes. */
  target?: string;
  /** Permission bits. Defaults to 0644. */
  mode?: number;
  /** Defaults to root's. */
  uid?: number;
  gid?: number;
}

/** Returns the header; `extend` may write to its last 167 bytes, which GNU's formats use, before the sum is made. */
export function encodeTarHeader(member: TarMember, extend: (b: Buffer) => void = () => {}): Buffer {
  const { name, size, time, type = '0', target = '', mode = 0o644, uid = 0, gid = 0 } = member;
  const b = Buffer.alloc(TAR_BLOCK);
  if (Buffer.byteLength(name) > FIELD.name[1]) throw new RangeError(`the name ${JSON.stringify(name)} is too long for a tar archive`);
  b.write(name, ...FIELD.name, 'utf8');
  b.write(target, ...FIELD.target, 'utf8');
  writeTarNumber(b, mode, ...FIELD.mode);
  writeTarNumber(b, uid, ...FIELD.uid);
  writeTarNumber(b, gid, ...FIELD.gid);
  writeTarNumber(b, size, ...FIELD.size);
  writeTarNumber(b, time, ...FIELD.time);
  b.write(type, ...FIELD.type, 'latin1');
  b.write('ustar  \0', ...FIELD.magic, 'latin1');
  if (uid === 0) b.write('root', ...FIELD.user, 'latin1');
  if (gid === 0) b.write('root', ...FIELD.group, 'latin1');
  extend(b);
  b.fill(' ', FIELD.checksum[0], FIELD.checksum[0] + FIELD.checksum[1]);
  const sum = b.reduce((total, byte) => total + byte, 0);
  b.write(`${sum.toString(8).padStart(6, '0')}\0 `, ...FIELD.checksum, 'latin1');
  return b;
}

export function writeTarNumber(b: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (digits.length < length) {
    b.write(`${digits}\0`, at, length, 'latin1');
    return;
  }
  b.fill(0, at, at + length);
  b[at] = 0x80;
  b.writeBigUInt64BE(BigInt(value), at + length - 8);
}

/** Bytes that follow a member of `size` bytes. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

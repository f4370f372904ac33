import { createHash } from 'node:crypto';

/** Returns `count` bytes (at most 32) that depend only on the seed and on their purpose. */
export function seededBytes(seed: string, purpose: string, count: number): Buffer {
  return createHash('sha256').update(`bootflake image\0${seed}\0${purpose}`).digest().subarray(0, count);
}

/** Returns 16 bytes in the order of a UUID's text, of version 8 (custom) in RFC 9562. */
export function seededUuid(seed: string, purpose: string): Buffer {
  const bytes = seededBytes(seed, purpose, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

export function parseUuid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new RangeError(`no UUID: ${text}`);
  return bytes;
}

/** A UUID in the order of Microsoft's GUIDs: its first three fields are little-endian. */
export function mixedEndian(uuid: Uint8Array): Buffer {
  const bytes = Buffer.from(uuid);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** .xz decompression, from memory to memory. */
import { xz } from '@napi-rs/lzma';
import { BootflakeError } from '../base/errors.ts';

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

export function isXz(bytes: Uint8Array): boolean {
  return MAGIC.compare(bytes, 0, MAGIC.length) === 0;
}

/** Fails with `debian/bad-xz`. */
export function unxz(bytes: Uint8Array): Buffer {
  try {
    return xz.decompressSync(bytes);
  } catch (error) {
    throw new BootflakeError({ code: 'debian/bad-xz', message: `broken .xz data: ${(error as Error).message}` });
  }
}

/** .xz decompression, from memory to memory. */
import { BootflakeError } from '../base/errors.ts';
import { ArchiveError } from '../archive/archive-error.ts';
import { unpackWhole, type Compression } from '../archive/compression.ts';
import { bytesSource } from '../tree/file-tree.ts';

export { isXz } from '../archive/xz.ts';

/** The maximum of unpacked bytes, far more than any kernel module, firmware file or package index has. */
const MOST = 256 << 20;

/** Throws `debian/bad-xz`; also for data that unpacks to more than `most` bytes. */
export function unxz(bytes: Uint8Array, most = MOST): Buffer {
  return unpackBounded(bytes, 'xz', most);
}

/** Throws `debian/bad-gzip`; also for data that unpacks to more than `most` bytes. */
export function gunzipBounded(bytes: Uint8Array, most = MOST): Buffer {
  return unpackBounded(bytes, 'gzip', most);
}

function unpackBounded(bytes: Uint8Array, compression: Compression, most: number): Buffer {
  const suffix = compression === 'gzip' ? 'gz' : compression;
  const fault = (why: string): BootflakeError =>
    new BootflakeError({ code: `debian/bad-${compression}`, message: `broken .${suffix} data: ${why}` });
  try {
    return unpackWhole(bytesSource(bytes), compression, most, () =>
      fault(`it unpacks to more than the ${most} bytes that are expected at most`),
    );
  } catch (error) {
    throw error instanceof ArchiveError ? fault(error.message) : error;
  }
}

import { BootflakeError } from '../base/errors.ts';
import { freeBytes } from '../io/file-operations.ts';

/** Says what a failed system call means to the user of the store at `root`. Other errors are answered as they are. */
export function explainSystemError(error: unknown, root: string): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof BootflakeError || code === undefined) return error;
  const at = path ? ` (at '${path}')` : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const free = freeBytes(root);
    const left = free === undefined ? '' : `, ${(free / 1048576).toFixed(1)} MiB are free`;
    return new BootflakeError({
      code: 'store/disk-full', cause: error,
      message: `no space is left for the store in '${root}'${code === 'EDQUOT' ? ' (quota reached)' : left}${at}`,
      hint: 'Free some space, or set BOOTFLAKE_ROOT to a folder on a larger disk. Nothing in the store was harmed.',
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new BootflakeError({
      code: 'store/not-writable', cause: error,
      message: `the store in '${root}' cannot be written: ${code === 'EROFS' ? 'its file system is read-only' : 'permission denied'}${at}`,
      hint: 'Set BOOTFLAKE_ROOT to a folder of yours.',
    });
  }
  return error;
}

import { BootflakeError } from '../base/errors.ts';
import { hasOddBytes } from './byte-name.ts';
import { hasHalfCharacter, shownName } from './file-name.ts';

/** The maximum length of a symlink target in bytes on Linux. */
export const LONGEST_TARGET = 4095;

/**
 * Returns why a text cannot be a symlink target, in words that follow "its target"; undefined when it can. Linux reads a page, the final
 * NUL included.
 */
export function symlinkTargetFault(target: string): string | undefined {
  if (target === '') return 'is empty';
  if (target.includes('\0')) return 'has a NUL character in it';
  if (hasOddBytes(target)) return 'is not UTF-8: make it anew, or leave it out';
  if (hasHalfCharacter(target)) return 'is no text: it has half of a character in it';
  if (target.length > LONGEST_TARGET / 3 && Buffer.byteLength(target) > LONGEST_TARGET)
    return `has ${Buffer.byteLength(target)} bytes, and ${LONGEST_TARGET} are the most`;
  return undefined;
}

/** Throws `tree/bad-symlink` for an invalid target of the symlink at `path`. */
export function checkSymlinkTarget(target: string, path: string): void {
  const fault = symlinkTargetFault(target);
  if (fault === undefined) return;
  throw new BootflakeError({
    code: 'tree/bad-symlink',
    message: `'${path}' cannot be a symlink to ${shownName(target)}: its target ${fault}`,
  });
}

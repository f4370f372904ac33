import { BootflakeError } from '../base/errors.ts';

/** The most bytes that a name may have: on Linux, and in ext4. */
export const LONGEST_NAME = 255;

const loneSurrogate = /\p{Surrogate}/u;

/** Why a text cannot be the name of a file in a directory, in words that follow its quotation; undefined where it can. */
export function fileNameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'is the name of a directory itself';
  if (name.includes('/')) return 'has a slash in it';
  if (name.includes('\0')) return 'has a NUL character in it';
  if (loneSurrogate.test(name)) return 'is no text: it has half of a character in it';
  // Longer than that in any encoding, or perhaps.
  if (name.length > LONGEST_NAME / 3 && Buffer.byteLength(name) > LONGEST_NAME) return `has ${Buffer.byteLength(name)} bytes, and ${LONGEST_NAME} are the most`;
  return undefined;
}

/** Throws `tree/bad-name` for what cannot be the name of a file in `folder`: whatever writes a tree asks, so that none leaves its place. */
export function checkFileName(name: string, folder: string): void {
  const fault = fileNameFault(name);
  if (fault === undefined) return;
  throw new BootflakeError({ code: 'tree/bad-name', message: `there can be no file ${shownName(name)} in '${folder}': the name ${fault}` });
}

/** In quotes, without what a terminal would not show, and cut. */
export function shownName(name: string): string {
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
  return shown.replace(/[\x7f-\x9f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

export function isFileName(name: string): boolean {
  return fileNameFault(name) === undefined;
}

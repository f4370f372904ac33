import { BootflakeError } from '../base/errors.ts';
import { bytesOfName, hasOddBytes } from './byte-name.ts';

/** The most bytes that a name may have: on Linux, and in ext4. */
export const LONGEST_NAME = 255;

/** A surrogate without its other half, which UTF-8 cannot hold: written, it would become another character. */
export function hasHalfCharacter(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** Whether a name must be text, or may have bytes that are not UTF-8 (byte-name.ts), as whoever asks can write them. */
export type NameKind = 'text' | 'bytes';

/** Why a text cannot be the name of a file in a directory, in words that follow its quotation; undefined when it can. */
export function fileNameFault(name: string, kind: NameKind = 'text'): string | undefined {
  const fault = nameFault(name, kind);
  if (fault !== undefined) return fault;
  // Longer than that in any encoding, or perhaps.
  const length = name.length > LONGEST_NAME / 3 ? bytesOfName(name).length : 0;
  if (length > LONGEST_NAME) return `has ${length} bytes, and ${LONGEST_NAME} are the most`;
  return undefined;
}

/** The same, of any length. */
export function nameFault(name: string, kind: NameKind = 'text'): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'is the name of a directory itself';
  if (name.includes('/')) return 'has a slash in it';
  if (name.includes('\0')) return 'has a NUL character in it';
  if (kind === 'text' && hasOddBytes(name)) return 'is not UTF-8: rename it, or leave it out';
  if (!hasOddBytes(name) && hasHalfCharacter(name)) return 'is no text: it has half of a character in it';
  return undefined;
}

/** Throws `tree/bad-name` for what cannot be the name of a file in `folder`: whatever writes a tree asks, so that none leaves its place. */
export function checkFileName(name: string, folder: string, kind: NameKind = 'text'): void {
  const fault = fileNameFault(name, kind);
  if (fault === undefined) return;
  throw new BootflakeError({ code: 'tree/bad-name', message: `there can be no file ${shownName(name)} in '${folder}': the name ${fault}` });
}

/** In quotes, without what a terminal would not show, and cut. */
export function shownName(name: string): string {
  if (hasOddBytes(name)) return shownBytes(bytesOfName(name));
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 197)}...` : name);
  return shown.replace(/[\x7f-\x9f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** The same for bytes: those that are no UTF-8 as `\xNN`. */
export function shownBytes(bytes: Uint8Array): string {
  try {
    return shownName(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const cut = text.length > 200 ? `${text.slice(0, 197)}...` : text;
    const escaped = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
    return `"${cut.replace(/["\\]/g, '\\$&').replace(/[^ -~]/g, escaped)}"`;
  }
}

export function isFileName(name: string): boolean {
  return fileNameFault(name) === undefined;
}

import { BootflakeError } from '../base/errors.ts';
import { bytesOfName, hasOddBytes } from './byte-name.ts';

/** The maximum length of a name in bytes: on Linux, and in ext4. */
export const LONGEST_NAME = 255;

/** Returns whether the text has a lone surrogate, which UTF-8 cannot hold: written, it would become another character. */
export function hasHalfCharacter(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** Whether a name must be text, or may have bytes that are not UTF-8 (byte-name.ts), which depends on what the caller can write. */
export type NameKind = 'text' | 'bytes';

/** Returns why a text cannot be a file name, in words that follow the quoted text; undefined when it can. */
export function fileNameFault(name: string, kind: NameKind = 'text'): string | undefined {
  const fault = nameFault(name, kind);
  if (fault !== undefined) return fault;
  // Possibly longer than the limit, depending on the encoding.
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

/** Throws `tree/bad-name` for an invalid name of a file in `folder`. Every tree writer calls it, so that no file leaves its folder. */
export function checkFileName(name: string, folder: string, kind: NameKind = 'text'): void {
  const fault = fileNameFault(name, kind);
  if (fault === undefined) return;
  throw new BootflakeError({ code: 'tree/bad-name', message: `there can be no file ${shownName(name)} in '${folder}': the name ${fault}` });
}

/** The name in quotes, with unprintable characters escaped, truncated. */
export function shownName(name: string): string {
  if (hasOddBytes(name)) return shownBytes(bytesOfName(name));
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 197)}...` : name);
  return shown.replace(/[\x7f-\x9f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** The same for bytes; those that are not UTF-8 as `\xNN`. */
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

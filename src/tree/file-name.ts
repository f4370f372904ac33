/** The most bytes that a name may have: on Linux, and in ext4. */
export const LONGEST_NAME = 255;

/** Why a text cannot be the name of a file in a directory, in words that follow its quotation; undefined where it can. */
export function fileNameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'is the name of a directory itself';
  if (name.includes('/')) return 'has a slash in it';
  if (name.includes('\0')) return 'has a NUL character in it';
  // Longer than that in any encoding, or perhaps.
  if (name.length > LONGEST_NAME / 3 && Buffer.byteLength(name) > LONGEST_NAME) return `has ${Buffer.byteLength(name)} bytes, and ${LONGEST_NAME} are the most`;
  return undefined;
}

export function isFileName(name: string): boolean {
  return fileNameFault(name) === undefined;
}

/** The evaluator's strings are byte strings: one UTF-16 unit a byte. These two turn them into text and back. */

/** Bytes as text; what is no UTF-8 becomes U+FFFD. */
export function decodeBytes(bytes: string): string {
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Text as UTF-8 bytes. */
export function encodeBytes(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

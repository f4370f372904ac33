/** A disk image that cannot be read: damaged, hostile, or of a kind that is not supported. */
export class BadImage extends Error {
  /** Where in the file, in bytes; undefined when it is no place. */
  readonly offset: number | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;

  /** `message` has the value that is wrong; foreign text in it must be quoted by `quoted`. */
  constructor(message: string, place: { offset?: number | undefined; hint?: string | undefined } = {}) {
    super(message);
    this.name = 'BadImage';
    this.offset = place.offset;
    this.hint = place.hint;
  }
}

/** A text of an image, for a message: without control characters, shortened. */
export function quoted(text: string): string {
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
  return shown.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';

const MOST_MESSAGE = 2000;

/** Errors about binary caches; codes begin with `caches/`. */
export function cacheError(code: string, message: string, options: { hint?: string; cause?: unknown } = {}): BootflakeError {
  return new BootflakeError({ code: `caches/${code}`, message: printable(shortened(message, MOST_MESSAGE)), ...options });
}

/** The message of an error on one line, without characters that a terminal would act on. */
export function reasonOf(error: unknown): string {
  return printable(shortened(error instanceof Error ? error.message : String(error), MOST_MESSAGE));
}

function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

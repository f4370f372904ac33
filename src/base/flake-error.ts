import { BootflakeError } from './errors.ts';
import { shortened } from './shortened.ts';

/** Characters of a message: the references and names of a lock file may have any length. */
const MOST_MESSAGE = 8_000;

/** Errors about flake references, inputs and lock files; codes begin with `flake/`. */
export function flakeError(code: string, message: string, hint?: string, cause?: unknown): BootflakeError {
  return new BootflakeError({
    code: `flake/${code}`,
    message: shortened(message, MOST_MESSAGE),
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });
}

/** Text that is no URL, or a URL that its scheme refuses. */
export class BadUrl extends BootflakeError {
  constructor(message: string, hint?: string) {
    super({ code: 'flake/bad-url', message: shortened(message, MOST_MESSAGE), ...(hint !== undefined && { hint }) });
  }
}

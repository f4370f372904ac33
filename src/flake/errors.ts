import { BootflakeError } from '../base/errors.ts';

/** Errors about flake references, inputs and lock files; codes begin with `flake/`. */
export function flakeError(code: string, message: string, hint?: string, cause?: unknown): BootflakeError {
  return new BootflakeError({ code: `flake/${code}`, message, ...(hint !== undefined && { hint }), ...(cause !== undefined && { cause }) });
}

/** Text that is no URL, or a URL that its scheme refuses. */
export class BadUrl extends BootflakeError {
  constructor(message: string, hint?: string) {
    super({ code: 'flake/bad-url', message, ...(hint !== undefined && { hint }) });
  }
}

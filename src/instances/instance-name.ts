import { BootflakeError } from '../base/errors.ts';

/** The rule for a host's name (RFC 1123), in lower case: it is one, and the name of a folder. */
const pattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isInstanceName(text: string): boolean {
  return pattern.test(text);
}

/** Throws `instance/bad-name`. */
export function checkInstanceName(text: string): string {
  if (isInstanceName(text)) return text;
  throw new BootflakeError({
    code: 'instance/bad-name',
    message: `'${text}' cannot be the name of a machine`,
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens, as in a host name: web-1.',
  });
}

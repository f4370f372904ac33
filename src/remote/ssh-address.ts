/** A host of machines as it is typed: `ssh://[user@]host[:port]`. */
import { BootflakeError } from '../base/errors.ts';

export interface SshAddress {
  /** As typed. */
  text: string;
  user: string | undefined;
  /** A name, an address, or an alias of the user's ssh_config. */
  host: string;
  port: number | undefined;
}

const user = '[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}';
const host = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]+)?\\]';
const pattern = new RegExp(`^ssh://(?:(${user})@)?(${host})(?::(\\d{1,5}))?/?$`);

/** Nothing of it can be an option of ssh. Throws `remote/bad-host`. */
export function parseSshAddress(text: string): SshAddress {
  const [, name, at, port] = pattern.exec(text) ?? [];
  if (at !== undefined && (port === undefined || (Number(port) > 0 && Number(port) < 65536)))
    return {
      text: text.replace(/\/$/, ''),
      user: name,
      host: at.replace(/^\[|\]$/g, ''),
      port: port === undefined ? undefined : Number(port),
    };
  throw new BootflakeError({
    code: 'remote/bad-host',
    message: `'${text}' is not the address of a host`,
    hint: 'Write ssh://user@host or ssh://user@host:port; without a user, your ssh_config decides.',
  });
}

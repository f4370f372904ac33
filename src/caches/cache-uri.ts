/** The addresses of binary caches in `substituters`: a scheme, and parameters of the cache's type after `?`. */
import { cacheError } from './errors.ts';

export interface CacheUri {
  scheme: 'http' | 'https' | 'file' | 's3';
  /** Without its parameters and a final slash. */
  base: string;
  /** By name: `priority`, `trusted`, `want-mass-query`, `region`, ... */
  parameters: ReadonlyMap<string, string>;
}

/** Parses an address. Throws `caches/bad-uri` for what is none, or is of another type. */
export function parseCacheUri(text: string): CacheUri {
  const [address = '', query = ''] = splitOnce(text, '?');
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+-]*):\/\/([^\s\\#]*)$/i.exec(address) ?? [];
  const fault = (why: string): Error =>
    cacheError('bad-uri', `'${text}' is not a binary cache: ${why}`, {
      hint: 'Use an address with http://, https://, file://, s3://, unix:// or ssh-ng://.',
    });
  if (scheme === undefined) throw fault('it is not a URL');
  // In Nix, "+" is no space.
  const parameters = new Map(new URLSearchParams(query.replaceAll('+', '%2B')));
  const base = address.replace(/\/+$/, '');
  switch (scheme.toLowerCase()) {
    case 'http':
    case 'https':
      if (!URL.canParse(base) || new URL(base).hostname === '') throw fault('it names no host');
      return { scheme: scheme.toLowerCase() as 'http', base, parameters };
    case 'file':
      if (!rest.startsWith('/')) throw fault('its path is not absolute');
      return { scheme: 'file', base: base === 'file:/' || base === 'file:' ? 'file:///' : base, parameters };
    case 's3':
      if (!/^[a-z0-9][a-z0-9.-]+(?:\/[0-9A-Za-z_.+~=/-]*)?$/i.test(rest)) throw fault('it names no bucket');
      return { scheme: 's3', base, parameters };
    default:
      throw fault(`the scheme ${scheme}: is not known here`);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

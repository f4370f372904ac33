/**
 * URLs as Nix reads and prints them: RFC 3986, with unescaped `"`, space (query, fragment) and `^` (fragment) let through.
 * The path is kept as decoded segments (a leading empty one means absolute), the query sorted by name when printed.
 */
import { BadUrl } from '../base/flake-error.ts';

export interface ParsedUrl {
  scheme: string;
  /** As written, still encoded; '' for `file:///x`, undefined where there is no `//`. */
  authority?: string;
  path: string[];
  query: Map<string, string>;
  fragment: string;
}

const grammar = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;
const pathText = /^(?:[a-zA-Z0-9._~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*$/;
const queryText = /^(?:[a-zA-Z0-9._~!$&'()*+,;=:@/?" -]|%[0-9a-fA-F]{2})*$/;
const fragmentText = /^(?:[a-zA-Z0-9._~!$&'()*+,;=:@/?"^ -]|%[0-9a-fA-F]{2})*$/;

/** Throws BadUrl if the text is not a URL. */
export function parseUrl(text: string): ParsedUrl {
  const match = grammar.exec(text);
  if (!match) throw new BadUrl(`'${text}' is not a valid URL: it has no scheme`);
  const [, scheme = '', authority, rawPath = '', query = '', fragment = ''] = match;
  for (const [part, pattern] of [
    [rawPath, pathText],
    [query, queryText],
    [fragment, fragmentText],
  ] as const) {
    if (!pattern.test(part)) throw new BadUrl(`'${text}' is not a valid URL: '${part}' has a character that must be percent-encoded`);
  }
  const transport = splitScheme(scheme).transport;
  if (authority && transport === 'file') {
    throw new BadUrl(`file:// URL '${text}' has unexpected authority '${authority}'`, `three slashes: ${scheme}:///${authority}${rawPath}`);
  }
  const path = transport === 'file' && rawPath === '' ? '/' : rawPath;
  return {
    scheme,
    ...(authority !== undefined && { authority }),
    path: path.split('/').map(percentDecode),
    query: decodeQuery(query),
    fragment: percentDecode(fragment),
  };
}

/** `git+https` is application `git` over transport `https`. */
export function splitScheme(scheme: string): { application?: string; transport: string } {
  const plus = scheme.indexOf('+');
  return plus < 0 ? { transport: scheme } : { application: scheme.slice(0, plus), transport: scheme.slice(plus + 1) };
}

export function printUrl(url: ParsedUrl): string {
  const authority = url.authority === undefined ? '' : `//${url.authority}`;
  const query = [...url.query]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${percentEncode(name, ':@/?')}=${percentEncode(value, ':@/?')}`)
    .join('&');
  const path = url.path.map((segment) => percentEncode(segment, ':@')).join('/');
  return `${url.scheme}:${authority}${path}${query && `?${query}`}${url.fragment && `#${percentEncode(url.fragment, '')}`}`;
}

export function decodeQuery(query: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue; // Nix ignores a parameter without a value
    const name = percentDecode(pair.slice(0, equals));
    if (!result.has(name)) result.set(name, percentDecode(pair.slice(equals + 1)));
  }
  return result;
}

/** Bytes encoded as `%XX` are decoded as UTF-8. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new BadUrl(`invalid percent-encoding in '${text}'`);
  const bytes: number[] = [];
  for (let i = 0; i < text.length; ) {
    if (text[i] === '%') {
      bytes.push(parseInt(text.slice(i + 1, i + 3), 16));
      i += 3;
    } else {
      const char = String.fromCodePoint(text.codePointAt(i) as number);
      bytes.push(...Buffer.from(char, 'utf8'));
      i += char.length;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

/** Encodes all but RFC 3986's unreserved characters and those in `keep`. */
export function percentEncode(text: string, keep: string): string {
  let result = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const char = String.fromCharCode(byte);
    result += /[a-zA-Z0-9._~-]/.test(char) || keep.includes(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

export function pathToSegments(path: string): string[] {
  return path.split('/');
}

/** Throws BadUrl if a decoded segment contains `/` or NUL. */
export function segmentsToPath(segments: string[]): string {
  for (const segment of segments) {
    if (segment.includes('/') || segment.includes('\0')) throw new BadUrl(`URL path component '${segment}' is not allowed in file names`);
  }
  return segments.join('/') || '';
}

import { BadUrl, flakeError } from '../../base/flake-error.ts';
import type { ParsedUrl } from '../url.ts';

/** The attributes of an input, as in a lock file. */
export type InputAttrs = Record<string, string | number | boolean>;

export type AttrType = 'string' | 'integer' | 'boolean';

/** The notation of one type of input: as URL and as attributes. Fetching is separate (`fetch/`). */
export interface InputScheme {
  type: string;
  /** The attributes besides `type`, and the types of their values. */
  attributes: Readonly<Record<string, AttrType>>;
  /** Returns undefined when the URL belongs to another scheme; throws BadUrl when it belongs to this one but is wrong. */
  fromUrl(url: ParsedUrl, isFlake: boolean): InputAttrs | undefined;
  /** Throws if a later version of bootflake wrote the attributes, whose names may be unknown. */
  checkVersion?(attrs: InputAttrs): void;
  /** Checks attributes whose names and types are right, and normalises them. */
  fromAttrs(attrs: InputAttrs): InputAttrs;
  toUrl(attrs: InputAttrs): ParsedUrl;
  /** Whether the same attributes always name the same tree. */
  isLocked(attrs: InputAttrs): boolean;
}

export const flakeIdPattern = /^[a-zA-Z][a-zA-Z0-9_-]*$/;
export const revisionPattern = /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/;
/** Throws BadUrl for anything but a commit hash. */
export function checkRevision(rev: InputAttrs[string] | undefined): void {
  if (typeof rev === 'string' && !revisionPattern.test(rev))
    throw new BadUrl(`hash '${rev}' has wrong length for hash algorithm 'sha1'`, 'a revision is given in full: 40 hexadecimal digits');
}

/** The last second of the year 9999. */
const latestTime = 253_402_300_799;

/**
 * The checks for every input, wherever it comes from: only attributes of its type, of the right type, without characters that would end a
 * line, a header or a path. Throws `flake/bad-attribute`.
 */
export function checkAttributes(attrs: InputAttrs, scheme: InputScheme): void {
  const { attributes } = scheme;
  scheme.checkVersion?.(attrs);
  for (const [name, value] of Object.entries(attrs)) {
    if (name === 'type') continue;
    const type = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (type === undefined) {
      throw flakeError(
        'bad-attribute',
        `input attribute '${name}' not supported by scheme '${attrs.type}'`,
        `Use only: ${Object.keys(attributes).join(', ')}`,
      );
    }
    if (type === 'boolean' && typeof value !== 'boolean') throw flakeError('bad-attribute', `input attribute '${name}' is not a Boolean`);
    if (type === 'integer' && !(Number.isSafeInteger(value) && (value as number) >= 0))
      throw flakeError('bad-attribute', `input attribute '${name}' is not an integer`);
    if (type === 'string') {
      if (typeof value !== 'string') throw flakeError('bad-attribute', `input attribute '${name}' is not a string ${sortedJson(attrs)}`);
      if (/[\x00-\x1f\x7f]/.test(value))
        throw flakeError('bad-attribute', `input attribute '${name}' has a control character in it: ${JSON.stringify(value)}`);
    }
  }
  if (typeof attrs.lastModified === 'number' && attrs.lastModified > latestTime)
    throw flakeError('bad-attribute', `input attribute 'lastModified' is no time: ${attrs.lastModified} seconds`);
}

export function sortedJson(attrs: InputAttrs): string {
  return JSON.stringify(attrs, Object.keys(attrs).sort());
}

const refStart = /^[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*$/;

/** git-check-ref-format's rules, as far as Nix enforces them. */
export function isLegalRefName(name: string): boolean {
  if (!refStart.test(name)) return false;
  return !(
    name.includes('..') ||
    name.includes('//') ||
    name.includes('/.') ||
    name.includes('@{') ||
    name === '@' ||
    name.endsWith('/') ||
    name.endsWith('.') ||
    name.split('/').some((part) => part.endsWith('.lock'))
  );
}

export function stringAttr(attrs: InputAttrs, name: string): string | undefined {
  const value = attrs[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the `url` of an input that is an address. Throws `flake/missing-attribute`. */
export function urlAttr(attrs: InputAttrs): string {
  if (typeof attrs.url !== 'string') throw flakeError('missing-attribute', "input attribute 'url' is missing");
  return attrs.url;
}

export function numberAttr(attrs: InputAttrs, name: string): number | undefined {
  const value = attrs[name];
  return typeof value === 'number' ? value : undefined;
}

export function nonEmptySegments(path: string[]): string[] {
  return path.filter((segment) => segment !== '');
}

/** A query parameter that must be a whole number; undefined when absent. */
export function numberParameter(url: ParsedUrl, name: string): number | undefined {
  const text = url.query.get(name);
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

import { BadUrl, flakeError } from '../errors.ts';
import type { ParsedUrl } from '../url.ts';

/** The attributes of an input as a lock file holds them. */
export type InputAttrs = Record<string, string | number | boolean>;

/** How one type of input is written: as URL and as attributes. Fetching is another matter (`fetch/`). */
export interface InputScheme {
  type: string;
  /** Attribute names besides `type`. */
  attributes: readonly string[];
  /** undefined when the URL belongs to another scheme; throws BadUrl when it is ours but wrong. */
  fromUrl(url: ParsedUrl, isFlake: boolean): InputAttrs | undefined;
  /** Checks attributes that came from a file and brings them into their one form. */
  fromAttrs(attrs: InputAttrs): InputAttrs;
  toUrl(attrs: InputAttrs): ParsedUrl;
  /** Whether the same attributes always name the same tree. */
  isLocked(attrs: InputAttrs): boolean;
}

export const flakeIdPattern = /^[a-zA-Z][a-zA-Z0-9_-]*$/;
export const revisionPattern = /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/;
/** Throws BadUrl for what is no commit hash. */
export function checkRevision(rev: InputAttrs[string] | undefined): void {
  if (typeof rev === 'string' && !revisionPattern.test(rev)) throw new BadUrl(`hash '${rev}' has wrong length for hash algorithm 'sha1'`, 'a revision is given in full: 40 hexadecimal digits');
}

const refStart = /^[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*$/;

/** git-check-ref-format's rules, as far as Nix enforces them. */
export function isLegalRefName(name: string): boolean {
  if (!refStart.test(name)) return false;
  return !(name.includes('..') || name.includes('//') || name.includes('/.') || name.includes('@{') || name === '@'
    || name.endsWith('/') || name.endsWith('.') || name.split('/').some((part) => part.endsWith('.lock')));
}

export function stringAttr(attrs: InputAttrs, name: string): string | undefined {
  const value = attrs[name];
  return typeof value === 'string' ? value : undefined;
}

/** Of inputs that are an address. Throws `flake/missing-attribute`. */
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

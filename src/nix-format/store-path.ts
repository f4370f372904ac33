/**
 * How Nix computes store paths. Spec: the Nix manual, "Store Path Specification".
 * All strings are byte strings; store directory and digests go into the fingerprint as text.
 */
import { BootflakeError } from '../base/errors.ts';
import { isNixBase32, nixBase32Encode } from './base32.ts';
import { digest, hexEncode, type Hash } from './hash.ts';

export const STORE_DIR = '/nix/store';
const HASH_PART_LENGTH = 32;
const MAX_NAME_LENGTH = 211;

/** How the content of a content-addressed path is hashed: a file's bytes, its NAR, or its text with references. */
export type ContentMethod = 'flat' | 'nar' | 'text' | 'git';

export interface StoreReferences {
  others: Iterable<string>;
  self?: boolean;
}

/** Folds a digest to `size` bytes by XOR. */
export function compressHash(bytes: Uint8Array, size: number): Uint8Array {
  const folded = new Uint8Array(size);
  for (let i = 0; i < bytes.length; i++) folded[i % size]! ^= bytes[i]!;
  return folded;
}

/** `sha256Hex` is the inner digest in base 16; `type` is `source`, `text`, `output:out`, with references after colons. */
export function makeStorePath(type: string, sha256Hex: string, name: string, storeDir = STORE_DIR): string {
  checkStoreName(name);
  const fingerprint = `${type}:sha256:${sha256Hex}:${storeDir}:${name}`;
  return `${storeDir}/${nixBase32Encode(compressHash(digest('sha256', fingerprint), 20))}-${name}`;
}

/** The name of an output's store path: the derivation's own for `out`, else with `-OUTPUT` after it. */
export function outputPathName(drvName: string, output: string): string {
  return output === 'out' ? drvName : `${drvName}-${output}`;
}

/** The path of an input-addressed output; `sha256Hex` is the derivation's hash modulo its fixed-output inputs. */
export function makeOutputPath(output: string, sha256Hex: string, drvName: string, storeDir = STORE_DIR): string {
  return makeStorePath(`output:${output}`, sha256Hex, outputPathName(drvName, output), storeDir);
}

/** The path of a text file (a derivation, builtins.toFile), from the SHA-256 of its contents in base 16. */
export function makeTextPath(name: string, sha256Hex: string, references: Iterable<string>, storeDir = STORE_DIR): string {
  return makeStorePath(typeWithReferences('text', { others: references }), sha256Hex, name, storeDir);
}

/** The path of content whose hash is known: fixed-output derivations, sources that were added or fetched. */
export function makeFixedOutputPath(
  name: string,
  method: ContentMethod,
  hash: Hash,
  references: StoreReferences = { others: [] },
  storeDir = STORE_DIR,
): string {
  const hex = hexEncode(hash.bytes);
  if (method === 'text') return makeTextPath(name, hex, references.others, storeDir);
  if (method === 'nar' && hash.algorithm === 'sha256') {
    return makeStorePath(typeWithReferences('source', references), hex, name, storeDir);
  }
  return makeStorePath(
    'output:out',
    hexEncode(digest('sha256', `fixed:out:${methodPrefix(method)}${hash.algorithm}:${hex}:`)),
    name,
    storeDir,
  );
}

/** The prefix of the algorithm in a derivation's content hash: `r:` for NAR, `text:`, `git:`, nothing for flat. */
export function methodPrefix(method: ContentMethod): string {
  return method === 'nar' ? 'r:' : method === 'text' ? 'text:' : method === 'git' ? 'git:' : '';
}

/** Throws `store/bad-name` for a name that Nix rejects. */
export function checkStoreName(name: string): void {
  if (/^[0-9a-zA-Z+\-_?=][0-9a-zA-Z+\-._?=]*$/.test(name) && name.length <= MAX_NAME_LENGTH) return;
  const fault = storeNameFault(name);
  if (fault) {
    throw new BootflakeError({
      code: 'store/bad-name',
      message: fault,
      hint: 'Use 1 to 211 of the characters 0-9 a-z A-Z + - . _ ? =',
    });
  }
}

/** Describes what is wrong with a store path's name in Nix's words; returns undefined for a valid one. */
export function storeNameFault(name: string): string | undefined {
  if (name === '') return 'name must not be empty';
  if (name.length > MAX_NAME_LENGTH) return `name '${name}' must be no longer than ${MAX_NAME_LENGTH} characters`;
  if (name === '.' || name === '..') return `name '${name}' is not valid`;
  const dots = /^(\.\.?)-/.exec(name);
  if (dots) return `name '${name}' is not valid: first dash-separated component must not be '${dots[1]}'`;
  // Of bytes of UTF-8, all that make one character.
  const illegal = /[\xc2-\xf4][\x80-\xbf]+|[^0-9a-zA-Z+\-._?=]/.exec(name);
  if (illegal) return `name '${name}' contains illegal character '${illegal[0]}'`;
  return undefined;
}

export interface StorePathParts {
  /** The 32 characters of base 32. */
  hash: string;
  name: string;
}

/** Splits `/nix/store/HASH-NAME`; returns undefined when the text is not a store path (a file below one is not). */
export function parseStorePath(path: string, storeDir = STORE_DIR): StorePathParts | undefined {
  if (!path.startsWith(`${storeDir}/`)) return undefined;
  const base = path.slice(storeDir.length + 1);
  if (base[HASH_PART_LENGTH] !== '-' || !isNixBase32(base.slice(0, HASH_PART_LENGTH))) return undefined;
  const name = base.slice(HASH_PART_LENGTH + 1);
  return storeNameFault(name) === undefined ? { hash: base.slice(0, HASH_PART_LENGTH), name } : undefined;
}

/** Returns the store path that `path` is or is in, and the rest (`''` or `/...`); undefined outside the store. */
export function splitStorePath(path: string, storeDir = STORE_DIR): { storePath: string; rest: string } | undefined {
  if (!path.startsWith(`${storeDir}/`)) return undefined;
  const slash = path.indexOf('/', storeDir.length + 1);
  const storePath = slash < 0 ? path : path.slice(0, slash);
  if (!parseStorePath(storePath, storeDir)) return undefined;
  return { storePath, rest: slash < 0 ? '' : path.slice(slash) };
}

/** The name of a store path, without its hash. */
export function storePathName(path: string, storeDir = STORE_DIR): string {
  return path.slice(storeDir.length + 1 + HASH_PART_LENGTH + 1);
}

function typeWithReferences(type: string, references: StoreReferences): string {
  let text = type;
  for (const path of [...new Set(references.others)].sort()) text += `:${path}`;
  return references.self ? `${text}:self` : text;
}

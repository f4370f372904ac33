import * as crypto from 'node:crypto';
import { createHash } from 'node:crypto';
import { BootflakeError } from '../base/errors.ts';
import { isNixBase32, nixBase32Decode, nixBase32Encode, nixBase32Length } from './base32.ts';

export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';
export type HashFormat = 'base16' | 'nix32' | 'base64' | 'sri';

export interface Hash {
  algorithm: HashAlgorithm;
  bytes: Uint8Array;
}

const SIZES: Record<HashAlgorithm, number> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** The digest's length in bytes. */
export function hashSize(algorithm: HashAlgorithm): number {
  return SIZES[algorithm];
}

/** Returns undefined for a name that is not a hash algorithm of Nix. */
export function hashAlgorithm(name: string): HashAlgorithm | undefined {
  return Object.hasOwn(SIZES, name) ? (name as HashAlgorithm) : undefined;
}

/** Hashes bytes, or a byte string (one char a byte). */
export function digest(algorithm: HashAlgorithm, data: Uint8Array | string): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  return wholeHash ? wholeHash(algorithm, bytes, 'buffer') : createHash(algorithm).update(bytes).digest();
}

/** One-shot hashing takes a third of the time for a short text; available since Node 20.12. */
const wholeHash = (crypto as { hash?: (algorithm: string, data: Uint8Array, encoding: 'buffer') => Buffer }).hash;

/** The digest in base 16 of bytes or of a byte string. */
export function digestHex(algorithm: HashAlgorithm, data: Uint8Array | string): string {
  return digest(algorithm, data).toString('hex');
}

export function hexEncode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Prints a hash; `withPrefix` puts `sha256:` before (SRI always has its own). */
export function formatHash(hash: Hash, format: HashFormat, withPrefix = false): string {
  const base64 = () => Buffer.from(hash.bytes).toString('base64');
  switch (format) {
    case 'sri':
      return `${hash.algorithm}-${base64()}`;
    case 'base16':
      return (withPrefix ? `${hash.algorithm}:` : '') + hexEncode(hash.bytes);
    case 'nix32':
      return (withPrefix ? `${hash.algorithm}:` : '') + nixBase32Encode(hash.bytes);
    case 'base64':
      return (withPrefix ? `${hash.algorithm}:` : '') + base64();
  }
}

/** A SHA-256 as `sha256-BASE64`. */
export function sri(sha256: Uint8Array): string {
  return formatHash({ algorithm: 'sha256', bytes: sha256 }, 'sri');
}

/**
 * Parses a hash in any of Nix's notations: base 16, base 32 or base 64, bare or with `ALGO:`, or SRI (`ALGO-BASE64`).
 * `algorithm` is required by the context; a different prefix is an error.
 */
export function parseHash(text: string, algorithm?: HashAlgorithm): Hash {
  let rest = text;
  let sri = false;
  let found = algorithm;
  const separator = /^([^:]*)(:)/.exec(text) ?? /^([^-]*)(-)/.exec(text);
  if (separator) {
    found = hashAlgorithm(separator[1]!);
    if (!found) throw badHash(`unknown hash algorithm '${separator[1]}', expect 'md5', 'sha1', 'sha256', or 'sha512'`);
    sri = separator[2] === '-';
    rest = text.slice(separator[0].length);
    if (algorithm && found !== algorithm) throw badHash(`hash '${text}' should have type '${algorithm}'`);
  }
  if (!found) throw badHash(`hash '${text}' does not include a type, nor is the type otherwise known from context`);
  const bytes = decodeDigest(rest, found, sri);
  if (!bytes) throw badHash(`hash '${rest}' has wrong length for hash algorithm '${found}'`);
  return { algorithm: found, bytes };
}

/** Returns the notation of a digest without prefix, determined by its length; undefined when none fits. */
export function digestFormat(text: string, algorithm: HashAlgorithm): 'base16' | 'nix32' | 'base64' | undefined {
  const size = SIZES[algorithm];
  if (text.length === size * 2) return 'base16';
  if (text.length === nixBase32Length(size)) return 'nix32';
  if (text.length === Math.ceil(size / 3) * 4) return 'base64';
  return undefined;
}

function decodeDigest(text: string, algorithm: HashAlgorithm, sri: boolean): Uint8Array | undefined {
  const size = SIZES[algorithm];
  const format = sri ? 'base64' : digestFormat(text, algorithm);
  if (format === 'base16') {
    if (!/^[0-9a-fA-F]*$/.test(text)) throw badHash(`invalid base-16 hash '${text}'`);
    return new Uint8Array(Buffer.from(text, 'hex'));
  }
  if (format === 'nix32') {
    if (!isNixBase32(text)) throw badHash(`invalid base-32 hash '${text}'`);
    return nixBase32Decode(text);
  }
  if (format === 'base64') {
    // Nix reads up to the first `=`, and over newlines.
    const [digits] = text.split('=');
    if (!/^[A-Za-z0-9+/\n]*$/.test(digits!)) throw badHash(`invalid base-64 hash '${text}'`);
    const bytes = new Uint8Array(Buffer.from(digits!, 'base64'));
    return bytes.length === size ? bytes : undefined;
  }
  return undefined;
}

function badHash(message: string): BootflakeError {
  return new BootflakeError({ code: 'nix-format/bad-hash', message });
}

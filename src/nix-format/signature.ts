/**
 * Signatures of store paths: ed25519 (RFC 8032) over a text with what counts of a path, the fingerprint. Keys are `NAME:BASE64`: a public
 * one has 32 bytes, a secret one 64, its seed and then the public one (NaCl's form). A signature is `NAME:BASE64` of 64 bytes.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { BootflakeError } from '../base/errors.ts';
import { shownName } from '../tree/file-name.ts';
import { formatHash, type Hash } from './hash.ts';

export interface PublicKey {
  name: string;
  /** 32 bytes. */
  bytes: Uint8Array;
}

export interface SecretKey {
  name: string;
  /** 64 bytes: the seed and the public key. */
  bytes: Uint8Array;
}

/** What is signed of a store path. */
export interface SignedFacts {
  storePath: string;
  narHash: Hash;
  narSize: number;
  /** Absolute, in any order. */
  references: readonly string[];
}

const [SEED, PUBLIC, SECRET, SIGNATURE] = [32, 32, 64, 64];
/** The DER forms of keys (RFC 8410) up to the 32 bytes of the key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Returns the text that is signed: `1;PATH;sha256:BASE32;SIZE;REFERENCE,REFERENCE`. */
export function fingerprint({ storePath, narHash, narSize, references }: SignedFacts): string {
  return `1;${storePath};${formatHash(narHash, 'nix32', true)};${narSize};${[...new Set(references)].sort().join(',')}`;
}

/** Parses `NAME:BASE64`. Throws `nix-format/bad-key`. */
export function parsePublicKey(text: string): PublicKey {
  return parseKey(text, PUBLIC, 'public');
}

/** Parses `NAME:BASE64`; the text is never repeated in messages. Throws `nix-format/bad-key`. */
export function parseSecretKey(text: string): SecretKey {
  return parseKey(text.trim(), SECRET, 'secret');
}

/** Prints a key of either kind. */
export function printKey({ name, bytes }: PublicKey | SecretKey): string {
  return `${name}:${Buffer.from(bytes).toString('base64')}`;
}

/** Makes a new key pair, as `nix key generate-secret` does. Throws `nix-format/bad-key` for a name that a key cannot have. */
export function generateKey(name: string): SecretKey {
  checkName(name);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-SEED);
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-PUBLIC);
  return { name, bytes: new Uint8Array(Buffer.concat([seed, point])) };
}

/** The public key that a secret key contains. */
export function publicKeyOf({ name, bytes }: SecretKey): PublicKey {
  return { name, bytes: bytes.slice(SEED) };
}

/** Signs a text. The same key and text give the same signature. */
export function signText({ name, bytes }: SecretKey, text: string): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes.subarray(0, SEED)]), format: 'der', type: 'pkcs8' });
  return `${name}:${sign(null, Buffer.from(text, 'utf8'), key).toString('base64')}`;
}

/** Returns whether a key of this name made the signature of the text. */
export function verifyText(key: PublicKey, text: string, signature: string): boolean {
  return new TrustedKeys([key]).verify(text, signature) !== undefined;
}

/** Public keys by name. */
export class TrustedKeys {
  private readonly keys = new Map<string, KeyObject>();

  constructor(keys: readonly PublicKey[]) {
    for (const { name, bytes } of keys)
      this.keys.set(name, createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' }));
  }

  /** Returns the name of the key that made the signature; undefined when none did. */
  verify(text: string, signature: string): string | undefined {
    const colon = signature.indexOf(':');
    const name = signature.slice(0, Math.max(0, colon));
    const key = this.keys.get(name);
    const bytes = key && decoded(signature.slice(colon + 1));
    if (!key || bytes?.length !== SIGNATURE) return undefined;
    return verify(null, Buffer.from(text, 'utf8'), key, bytes) ? name : undefined;
  }
}

function parseKey(text: string, size: number, kind: string): { name: string; bytes: Uint8Array } {
  const colon = text.indexOf(':');
  if (colon < 0) throw badKey(`a ${kind} key has the form NAME:BASE64, without a space; this one has no colon`);
  const name = text.slice(0, colon);
  checkName(name);
  const bytes = decoded(text.slice(colon + 1));
  if (bytes?.length !== size) throw badKey(`the ${kind} key ${shownName(name)} is not ${size} bytes in base 64`);
  return { name, bytes: new Uint8Array(bytes) };
}

function checkName(name: string): void {
  if (name === '' || /[:\s\p{Cc}]/u.test(name)) throw badKey(`${shownName(name)} cannot be the name of a key`);
}

function decoded(base64: string): Buffer | undefined {
  return base64.length < 200 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}

function badKey(message: string): BootflakeError {
  return new BootflakeError({
    code: 'nix-format/bad-key',
    message,
    hint: 'Copy the key from its owner as one word: cache.example.org-1:BASE64',
  });
}

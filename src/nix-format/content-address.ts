/** Content addresses of store paths: `text:sha256:HASH`, `fixed:ALGO:HASH`, `fixed:r:ALGO:HASH`, `fixed:git:ALGO:HASH`. */
import { hashAlgorithm, parseHash, type Hash } from './hash.ts';
import { makeFixedOutputPath, storePathName, type ContentMethod } from './store-path.ts';

export interface ContentAddress {
  method: ContentMethod;
  hash: Hash;
}

/** Returns undefined for a text that is not a content address. */
export function parseContentAddress(text: string): ContentAddress | undefined {
  const [, kind, prefix = '', algorithm = '', digits = ''] = /^(text|fixed):((?:r|git):)?([a-z0-9]+):([^:]+)$/.exec(text) ?? [];
  if (kind === undefined || !hashAlgorithm(algorithm) || (kind === 'text' && (prefix !== '' || algorithm !== 'sha256'))) return undefined;
  const method = kind === 'text' ? 'text' : prefix === 'r:' ? 'nar' : prefix === 'git:' ? 'git' : 'flat';
  try {
    return { method, hash: parseHash(`${algorithm}:${digits}`) };
  } catch {
    return undefined;
  }
}

/** Returns the store path that content with this address and these references has, under the name of `path`. */
export function contentAddressedPath(path: string, { method, hash }: ContentAddress, references: readonly string[]): string | undefined {
  const others = references.filter((reference) => reference !== path);
  const self = others.length !== references.length;
  // Only archives with SHA-256 and texts may have references.
  if (method === 'text' ? self : references.length > 0 && !(method === 'nar' && hash.algorithm === 'sha256')) return undefined;
  return makeFixedOutputPath(storePathName(path), method, hash, { others, self });
}

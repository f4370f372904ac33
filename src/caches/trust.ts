/** What of a cache's facts about a path is accepted. */
import { isStreamCompression } from '../archive/stream-compression.ts';
import { contentAddressedPath, parseContentAddress } from '../nix-format/content-address.ts';
import type { NarInfo } from '../nix-format/narinfo.ts';
import { fingerprint, type TrustedKeys } from '../nix-format/signature.ts';
import { isCacheFileName, type BinaryCache } from './binary-cache.ts';

export interface TrustPolicy {
  keys: TrustedKeys;
  requireSigs: boolean;
}

/**
 * Returns why the facts are not accepted; undefined when they are: they are those of the path asked for, and a trusted key signed them, or
 * the path is named by its contents, which are compared when they are unpacked, or the cache is trusted.
 */
export function refusal(policy: TrustPolicy, cache: Pick<BinaryCache, 'trusted'>, path: string, info: NarInfo): string | undefined {
  if (info.storePath !== path) return `it describes '${info.storePath}'`;
  if (!isCacheFileName(info.url)) return `the place of its archive, '${info.url}', is not allowed`;
  if (!isStreamCompression(info.compression)) return `its compression '${info.compression}' is not known here`;
  if (!policy.requireSigs || cache.trusted || provenByContent(info)) return undefined;
  const text = fingerprint(info);
  if (info.signatures.some((signature) => policy.keys.verify(text, signature) !== undefined)) return undefined;
  return "it is not signed by any of the keys in 'trusted-public-keys'";
}

/** Returns whether the content address leads to the path, and is of a kind that is compared with the contents. */
export function provenByContent(info: NarInfo): boolean {
  const address = info.ca === undefined ? undefined : parseContentAddress(info.ca);
  if (!address || address.method === 'git' || info.references.includes(info.storePath)) return false;
  return contentAddressedPath(info.storePath, address, info.references) === info.storePath;
}

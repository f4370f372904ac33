/** What of a cache's facts about a path is accepted. */
import { isStreamCompression } from '../archive/stream-compression.ts';
import { contentAddressedPath, parseContentAddress } from '../nix-format/content-address.ts';
import type { NarInfo } from '../nix-format/narinfo.ts';
import { fingerprint, type SignedFacts, type TrustedKeys } from '../nix-format/signature.ts';
import { isCacheFileName, type BinaryCache } from './binary-cache.ts';

export interface TrustPolicy {
  keys: TrustedKeys;
  requireSigs: boolean;
}

/**
 * Returns why the facts are not accepted; undefined when they are: they are those of the path asked for, and a trusted key signed them, or
 * the path is named by its contents, which are compared when they are unpacked, or the cache is trusted. Without a policy, signatures do
 * not count.
 */
export function refusal(
  policy: TrustPolicy | undefined,
  cache: Pick<BinaryCache, 'trusted'>,
  path: string,
  info: NarInfo,
): string | undefined {
  if (info.storePath !== path) return `it describes '${info.storePath}'`;
  if (!isCacheFileName(info.url)) return `the place of its archive, '${info.url}', is not allowed`;
  if (!isStreamCompression(info.compression)) return `its compression '${info.compression}' is not known here`;
  if (!policy?.requireSigs || cache.trusted || isSigned(policy.keys, info)) return undefined;
  return "it is not signed by any of the keys in 'trusted-public-keys'";
}

/** What decides whether a path is trusted. */
type TrustFacts = SignedFacts & Pick<NarInfo, 'signatures' | 'ca'>;

/** Returns whether a trusted key signed the facts of a path, or they are proven by its name and contents. */
export function isSigned(keys: TrustedKeys, info: TrustFacts): boolean {
  if (provenByContent(info)) return true;
  const text = fingerprint(info);
  return info.signatures.some((signature) => keys.verify(text, signature) !== undefined);
}

/** Returns whether the content address leads to the path, and is of a kind that is compared with the contents. */
export function provenByContent(info: Pick<TrustFacts, 'ca' | 'references' | 'storePath'>): boolean {
  const address = info.ca === undefined ? undefined : parseContentAddress(info.ca);
  if (!address || address.method === 'git' || info.references.includes(info.storePath)) return false;
  return contentAddressedPath(info.storePath, address, info.references) === info.storePath;
}

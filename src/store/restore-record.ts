/** Records of paths that are named by their contents, written anew from the files. */
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { derivationReferences } from '../nix-format/derivation.ts';
import { nixBase32Encode } from '../nix-format/base32.ts';
import { digest, formatHash, hexEncode, sri, type Hash } from '../nix-format/hash.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import { makeFixedOutputPath, makeTextPath, storePathName } from '../nix-format/store-path.ts';
import { fileExists, fileFacts } from '../system/file-operations.ts';
import { readTree } from '../system/read-tree.ts';
import type { LocalStore } from './local-store.ts';
import type { ValidPathInfo } from './store.ts';
import { readAll } from './add-to-store.ts';
import { ReferenceScanner } from './reference-scanner.ts';

/** Texts are read into memory. */
const MOST_TEXT = 64 << 20;

/**
 * Registers a path without a sound record, if its name proves that its files are what was put there, and its references are valid. Returns
 * whether it did.
 */
export function restoreRecord(store: LocalStore, path: string): boolean {
  const place = store.realPath(path);
  if (!fileExists(place)) return false;
  const { sha256, size } = narHash(readTree(place));
  const proof = asArchive(path, sha256) ?? asText(store, path, place);
  if (!proof?.references.every((reference) => store.isValidPath(reference))) return false;
  store.registerValidPath({ path, narHash: sri(sha256), narSize: size, ...proof });
  return true;
}

type Proof = Pick<ValidPathInfo, 'references' | 'ca'>;

/** A source, or a fixed output: neither refers to anything. */
function asArchive(path: string, sha256: Uint8Array): Proof | undefined {
  const hash: Hash = { algorithm: 'sha256', bytes: sha256 };
  if (makeFixedOutputPath(storePathName(path), 'nar', hash) !== path) return undefined;
  return { references: [], ca: `fixed:r:sha256:${formatHash(hash, 'nix32')}` };
}

/** A derivation, a text of builtins.toFile, a plain file. What a text refers to is part of its name. */
function asText(store: LocalStore, path: string, place: string): Proof | undefined {
  const facts = fileFacts(place);
  if (facts?.type !== 'regular' || facts.size > MOST_TEXT) return undefined;
  const name = storePathName(path);
  const node = readTree(place);
  const bytes = Buffer.from(node.type === 'regular' ? readAll(node) : []);
  const sha256 = digest('sha256', bytes);
  for (const references of [[], ...possibleReferences(store, name, bytes)])
    if (makeTextPath(name, hexEncode(sha256), references) === path) return { references, ca: `text:sha256:${nixBase32Encode(sha256)}` };
  const hash: Hash = { algorithm: 'sha256', bytes: sha256 };
  if (makeFixedOutputPath(name, 'flat', hash) !== path) return undefined;
  return { references: [], ca: `fixed:sha256:${formatHash(hash, 'nix32')}` };
}

function possibleReferences(store: LocalStore, name: string, bytes: Buffer): string[][] {
  if (name.endsWith('.drv')) {
    try {
      return [derivationReferences(parseDerivation(bytes.toString('latin1'), name.slice(0, -'.drv'.length)))];
    } catch {
      return [];
    }
  }
  const scanner = new ReferenceScanner(store.records.all().map((record) => record.path));
  scanner.update(bytes);
  return [scanner.references()];
}

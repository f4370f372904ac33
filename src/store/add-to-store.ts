/**
 * Adds content-addressed paths: texts and sources. Two processes that add the same source at once make the same bytes, so no lock is taken.
 */
import { BootflakeError } from '../base/errors.ts';
import { physicalSource, writeCanonicalTree } from './physical-tree.ts';
import { readTree } from '../system/read-tree.ts';
import { readAgainWhileEntriesVanish } from '../system/vanishing-entries.ts';
import { nixBase32Encode } from '../nix-format/base32.ts';
import { digest, formatHash, hexEncode, parseHash, sri, type Hash } from '../nix-format/hash.ts';
import { narDigest, narHash, type NarDigest } from '../nix-format/nar-writer.ts';
import { makeFixedOutputPath, makeTextPath } from '../nix-format/store-path.ts';
import { file, type FileNode, type RegularNode } from '../tree/file-tree.ts';
import type { AddToStoreOptions, Store, StoreSource, ValidPathInfo } from './store.ts';
import type { TemporaryFolders } from './temporary.ts';

/** The operations of a store that adding needs. */
export interface WritableStore extends Pick<Store, 'isValidPath' | 'registerValidPath'> {
  readonly temporary: TemporaryFolders;
  /** False when the path is valid already. */
  moveIntoPlace(temporary: string, path: string, options?: { vouched?: boolean }): boolean;
}

export function addText(
  store: WritableStore,
  name: string,
  text: Uint8Array,
  references: string[],
  options: { vouched?: boolean } = {},
): string {
  const sha256 = digest('sha256', text);
  const path = makeTextPath(name, hexEncode(sha256), references);
  if (!store.isValidPath(path)) {
    const node = file(text);
    placeText(store, path, node, { ...narFacts(node), references, ca: `text:sha256:${nixBase32Encode(sha256)}` }, options);
  }
  return path;
}

export function addSource(store: WritableStore, name: string, source: StoreSource, options: AddToStoreOptions): string {
  const add = () => addSourceOnce(store, name, source, options);
  // A filter is a function of the evaluated language, which may print: it is called once for each file.
  return 'physicalPath' in source && !source.filter ? readAgainWhileEntriesVanish(source.physicalPath, add) : add();
}

function addSourceOnce(store: WritableStore, name: string, source: StoreSource, options: AddToStoreOptions): string {
  const tree = (): FileNode => ('physicalPath' in source ? readTree(source.physicalPath, { filter: source.filter }) : source);
  const known = options.method === 'nar' ? options.narDigest : undefined;
  const read = known ? undefined : tree();
  const { path, hash } = read ? addressOf(name, read, options) : narAddress(name, known!, options);
  checkExpected(name, hash, options.expectedHash);
  if (store.isValidPath(path)) return path;
  const node = read ?? tree();
  options.onCopy?.(node);
  const copy = store.temporary.newPath('-source');
  try {
    writeCanonicalTree(copy, node);
    // The source may have changed since it was hashed: the written bytes count.
    const written = readTree(copy);
    const again = addressOf(name, written, options);
    checkExpected(name, again.hash, options.expectedHash);
    const facts = options.method === 'nar' ? { narHash: sri(again.hash.bytes), narSize: again.narSize! } : narFacts(written);
    const ca = `fixed:${options.method === 'nar' ? 'r:' : ''}sha256:${formatHash(again.hash, 'nix32')}`;
    if (store.moveIntoPlace(copy, again.path))
      store.registerValidPath({ path: again.path, ...facts, references: options.references ?? [], ca });
    return again.path;
  } finally {
    store.temporary.discard(copy);
  }
}

/** Adds the tree that `write` makes, canonical, at or below the path that it is given. Returns its store path. */
export function addWritten(store: WritableStore, name: string, write: (place: string) => string): string {
  const place = store.temporary.newPath('-source');
  try {
    const tree = write(place);
    const { path, hash, narSize } = narAddress(name, narDigest(physicalSource, tree), { method: 'nar' });
    if (store.moveIntoPlace(tree, path)) {
      store.registerValidPath({
        path,
        narHash: sri(hash.bytes),
        narSize,
        references: [],
        ca: `fixed:r:sha256:${formatHash(hash, 'nix32')}`,
      });
    }
    return path;
  } finally {
    store.temporary.discard(place);
  }
}

function addressOf(name: string, node: FileNode, options: AddToStoreOptions): { path: string; hash: Hash; narSize?: number } {
  if (options.method === 'nar') return narAddress(name, narHash(node), options);
  if (node.type !== 'regular')
    throw new BootflakeError({
      code: 'store/not-a-file',
      message: `'${name}' is a ${node.type}, but only a regular file can be added by the hash of its bytes`,
    });
  const hash: Hash = { algorithm: 'sha256', bytes: digest('sha256', readAll(node)) };
  return { path: makeFixedOutputPath(name, 'flat', hash, { others: options.references ?? [] }), hash };
}

function narAddress(name: string, { sha256, size }: NarDigest, options: AddToStoreOptions): { path: string; hash: Hash; narSize: number } {
  const hash: Hash = { algorithm: 'sha256', bytes: sha256 };
  return { path: makeFixedOutputPath(name, 'nar', hash, { others: options.references ?? [] }), hash, narSize: size };
}

function checkExpected(name: string, actual: Hash, expected: string | undefined): void {
  if (expected === undefined) return;
  const wanted = formatHash(parseHash(expected, 'sha256'), 'sri');
  const found = formatHash(actual, 'sri');
  if (wanted !== found)
    throw new BootflakeError({
      code: 'store/hash-mismatch',
      message: `hash mismatch importing path '${name}': specified ${wanted}, got ${found}`,
    });
}

function placeText(
  store: WritableStore,
  path: string,
  node: FileNode,
  facts: Omit<ValidPathInfo, 'path'>,
  options: { vouched?: boolean },
): void {
  const copy = store.temporary.newPath('-text');
  try {
    writeCanonicalTree(copy, node);
    if (store.moveIntoPlace(copy, path, options)) store.registerValidPath({ path, ...facts });
  } catch (error) {
    store.temporary.discard(copy);
    throw error;
  }
}

function narFacts(node: FileNode): { narHash: string; narSize: number } {
  const { sha256, size } = narHash(node);
  return { narHash: sri(sha256), narSize: size };
}

/** The contents of a file in memory. */
export function readAll(node: RegularNode): Uint8Array {
  const bytes = new Uint8Array(node.contents.size);
  node.contents.read(bytes, 0);
  return bytes;
}

/** Reads each format the way the product does, and checks the result. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { writeHashedTree } from '../../../src/builders/unpack/write-hashed-tree.ts';
import { ArchiveIndex, buildArchiveIndex } from '../../../src/debian/archive-index.ts';
import { Catalog } from '../../../src/debian/catalog.ts';
import { parseDeb } from '../../../src/debian/deb.ts';
import { pathFilter } from '../../../src/debian/path-filter.ts';
import { checkDebianSuite, checkReleaseDates, debianSigner, parseRelease, verifyRelease } from '../../../src/debian/release.ts';
import { resolvePackages } from '../../../src/debian/resolve.ts';
import { gunzipBounded, isXz, unxz } from '../../../src/debian/xz.ts';
import { unpackArchive } from '../../../src/fetch/archive/unpack.ts';
import { allInputs, checkFollows, diffLocks, printLock, unlockedInput } from '../../../src/flake/lock-file.ts';
import { mostLockBytes, parseLockFile } from '../../../src/flake/read-lock-file.ts';
import { closeFileSources, FileSource } from '../../../src/system/file-source.ts';
import { BootflakeError } from '../../../src/base/errors.ts';
import { refusal } from '../../../src/caches/trust.ts';
import { unpackNar } from '../../../src/caches/unpack/nar-job.ts';
import { parseNarInfo, printNarInfo } from '../../../src/nix-format/narinfo.ts';
import { parseNixCacheInfo, printNixCacheInfo } from '../../../src/nix-format/nix-cache-info.ts';
import { fingerprint, parsePublicKey, TrustedKeys, verifyText } from '../../../src/nix-format/signature.ts';
import { parseStorePath } from '../../../src/nix-format/store-path.ts';
import { physicalSource, writeCanonicalTree } from '../../../src/store/physical-tree.ts';
import { NarParser, readNar, type NarVisitor } from '../../../src/nix-format/nar-reader.ts';
import { dumpNar, fileTreeSource, narDigest, narHash } from '../../../src/nix-format/nar-writer.ts';
import { bytesSource, type FileNode } from '../../../src/tree/file-tree.ts';
import { daemon } from './daemon-reader.ts';
import { diskImage } from './disk-reader.ts';
import { madeSignature, signaturesMade } from './narinfo.ts';
import { substituteParts } from './substitute.ts';
import type { FormatName, Reader } from './format.ts';

const URL_SHOWN = 'https://host/x';
/** Seconds since 1970. */
const NOW = 1_757_200_000;
/** Smaller than the product's own limits, which need more memory than a fuzzer has. */
const DEB_BOUNDS = { control: 16 << 20, data: 128 << 20 };

/** From memory when the number of bytes is even, from a file when it is odd. */
const archive: Reader = (bytes, folder) => {
  const inMemory = bytes.length % 2 === 0;
  if (!inMemory) writeFileSync(`${folder}.packed`, bytes);
  try {
    unpackArchive(inMemory ? bytesSource(bytes) : FileSource.of(`${folder}.packed`), URL_SHOWN, folder);
  } finally {
    closeFileSources();
  }
};

const deb: Reader = (bytes, folder) => {
  const { root, facts } = parseDeb(bytes, 'thing 1.0', pathFilter(['usr/share/doc/*', '!usr/share/doc/*/copyright']), DEB_BOUNDS);
  JSON.stringify(facts);
  const written = writeHashedTree(folder, root);
  assert.deepEqual(
    Buffer.from(narDigest(physicalSource, folder).sha256),
    Buffer.from(written.sha256),
    'what was written is not what was hashed',
  );
};

const nothing: NarVisitor = {
  beginFile() {},
  contents() {},
  endFile() {},
  symlink() {},
  beginDirectory() {},
  beginEntry() {},
  endEntry() {},
  endDirectory() {},
};

/** Pushes an archive in pieces of many lengths: it must be read, or refused, as a whole one is. Returns whether it was read. */
function readInPieces(bytes: Uint8Array): boolean {
  const parser = new NarParser(nothing);
  try {
    for (let at = 0, step = 1 + (bytes.length % 97); at < bytes.length; at += step, step = (step * 7 + at) % 5003 || 1)
      parser.push(bytes.subarray(at, at + step));
    parser.end();
    return true;
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    return false;
  }
}

const nar: Reader = (bytes, folder) => {
  const inPieces = readInPieces(bytes);
  let root: FileNode;
  try {
    root = readNar(bytes);
  } catch (error) {
    assert.ok(!inPieces, 'what is refused as a whole is read in pieces');
    throw error;
  }
  assert.ok(inPieces, 'what is read as a whole is refused in pieces');
  const hash = createHash('sha256');
  dumpNar(fileTreeSource, root, (chunk) => hash.update(chunk));
  assert.deepEqual(hash.digest(), createHash('sha256').update(bytes).digest(), 'what was read is not what was given');
  writeCanonicalTree(folder, root);
  assert.deepEqual(
    Buffer.from(narDigest(physicalSource, folder).sha256),
    Buffer.from(narHash(root).sha256),
    'what was written is not what was read',
  );
};

function packages(packed: Uint8Array): void {
  const text = isXz(packed) ? unxz(packed, 64 << 20) : gunzipBounded(packed, 64 << 20);
  const file = Buffer.concat(buildArchiveIndex('trixie', 'amd64', [{ suite: 'trixie', archive: 'debian', text }]));
  const index = new ArchiveIndex((position, length) => file.subarray(position, position + length));
  const catalog = new Catalog(index, 'amd64');
  const roots: string[] = [];
  for (let i = 0; i < Math.min(index.count, 50); i++) {
    const { name, depends } = catalog.get(i);
    assert.equal(index.find(name), i, `'${name}' is not where it was found`);
    roots.push(name);
    for (const relation of depends.flat()) catalog.candidates(relation);
  }
  resolvePackages(catalog, ['@required', ...roots]);
}

function release(text: string): void {
  const found = parseRelease(text, URL_SHOWN);
  checkDebianSuite(found, URL_SHOWN, 'trixie');
  checkReleaseDates(found, URL_SHOWN, { now: NOW, signer: debianSigner(), acceptExpired: false, notBefore: NOW - 1000 });
}

const index: Reader = async (bytes) => {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case 0x52:
      return release(Buffer.from(rest).toString('utf8'));
    case 0x53:
      return release(await verifyRelease(Buffer.from(rest).toString('utf8'), URL_SHOWN, NOW, debianSigner()));
    default:
      return packages(rest);
  }
};

const lock: Reader = (bytes) => {
  if (bytes.length > mostLockBytes) return;
  const root = parseLockFile(Buffer.from(bytes).toString('utf8'), '/flake.lock');
  assert.equal(diffLocks(root, root), '', 'a lock differs from itself');
  allInputs(root);
  unlockedInput(root);
  const { text } = printLock(root);
  assert.equal(printLock(parseLockFile(text, '/flake.lock')).text, text, 'what is written is read as something else');
  checkFollows(root);
};

/** The first byte says what it is: facts of a path, of a cache, or a signature and its text. */
const narinfo: Reader = (bytes) => {
  const text = Buffer.from(bytes.subarray(1)).toString('utf8');
  switch (bytes[0]) {
    case 0x43: {
      const info = parseNixCacheInfo(text);
      assert.deepEqual(parseNixCacheInfo(printNixCacheInfo(info)), info);
      return;
    }
    case 0x53: {
      const [key = '', signature = '', ...rest] = text.split('\n');
      const found = verifyText(parsePublicKey(key), rest.join('\n'), signature);
      if (found) assert.ok(signaturesMade().has(madeSignature(signature, rest.join('\n'))), 'a signature holds that was never made');
      return;
    }
    default: {
      const info = parseNarInfo(text, URL_SHOWN);
      const printed = printNarInfo(info);
      assert.equal(printNarInfo(parseNarInfo(printed, URL_SHOWN)), printed, 'what is printed is read as something else');
      fingerprint(info);
      refusal({ keys: new TrustedKeys([]), requireSigs: true }, { trusted: false }, info.storePath, info);
      for (const path of info.references) assert.ok(parseStorePath(path), path);
    }
  }
};

/** A compressed archive: a byte for its compression, the size of the archive that was said, the packed bytes. */
const substitute: Reader = async (bytes, folder) => {
  const { compression, narSize, packed } = substituteParts(bytes);
  const narHash = { algorithm: 'sha256' as const, bytes: bytes.subarray(5, 37) };
  const pieces = Array.from({ length: Math.ceil(packed.length / 5000) }, (_, i) => packed.subarray(i * 5000, (i + 1) * 5000));
  await unpackNar({ place: folder, compression, narHash, narSize }, pieces);
  assert.deepEqual(Buffer.from(narDigest(physicalSource, folder).sha256), Buffer.from(narHash.bytes), 'another tree was written');
};

export const readers: Record<FormatName, Reader> = {
  archives: archive,
  tar: archive,
  deb,
  nar,
  index,
  lock,
  narinfo,
  substitute,
  daemon,
  disk: diskImage,
};

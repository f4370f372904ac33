/** Turns what a builder has written into registered store paths. */
import { BootflakeError } from '../base/errors.ts';
import { fileExists } from '../system/file-operations.ts';
import { canonicaliseTree } from '../store/physical-tree.ts';
import { readTree } from '../system/read-tree.ts';
import { formatHash, hashAlgorithm, hexEncode, sri, type HashAlgorithm } from '../nix-format/hash.ts';
import { dumpNar, fileTreeSource } from '../nix-format/nar-writer.ts';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { filePieces } from '../system/file-pieces.ts';
import { passingNarPieces } from '../store/nar-pieces.ts';
import type { LocalStore } from '../store/local-store.ts';
import { ReferenceScanner } from '../store/reference-scanner.ts';
import type { ValidPathInfo } from '../store/store.ts';
import type { BuildResult, BuiltOutput } from '../builders/builder.ts';
import type { DerivationNode } from './derivation-graph.ts';
import { fixedWithReferences, missingOutput, wrongHash } from './errors.ts';

/** A finished output, still at its temporary path. */
export interface FinishedOutput {
  output: string;
  temporary: string;
  info: ValidPathInfo;
}

/**
 * Makes outputs canonical, hashes them and finds their references. `candidates` returns the paths that they may refer to; `discarding`
 * names the outputs whose references are not looked for.
 */
export async function finishOutputs(
  node: DerivationNode,
  files: Record<string, string>,
  result: BuildResult,
  candidates: () => string[],
  options: { discarding: ReadonlySet<string>; signal: AbortSignal },
): Promise<FinishedOutput[]> {
  const finished: FinishedOutput[] = [];
  for (const output of node.outputNames()) {
    const temporary = files[output]!;
    if (!fileExists(temporary)) throw missingOutput(node, output);
    const given = result.outputs[output] ?? {};
    const built = options.discarding.has(output) ? { ...given, references: [] } : given;
    if (!built.canonical) canonicaliseTree(temporary);
    const path = node.outputPath(output);
    const info: ValidPathInfo = { path, ...(await facts(temporary, built, candidates, options.signal)), deriver: node.drvPath };
    const ca = await checkFixedOutput(node, output, temporary, info, options.signal);
    finished.push({ output, temporary, info: ca === undefined ? info : { ...info, ca } });
  }
  return finished;
}

/** Bytes read before others have a turn: an output may be a file of terabytes without contents, and ctrl-c must end that. */
const TURN = 64 << 20;

async function inTurns(pieces: Iterable<Uint8Array>, signal: AbortSignal, take: (piece: Uint8Array) => void): Promise<void> {
  let left = TURN;
  for (const piece of pieces) {
    take(piece);
    left -= piece.length;
    if (left > 0) continue;
    left = TURN;
    await setImmediate();
    signal.throwIfAborted();
  }
}

async function facts(
  temporary: string,
  built: BuiltOutput,
  candidates: () => string[],
  signal: AbortSignal,
): Promise<{ narHash: string; narSize: number; references: string[] }> {
  const { narHash, narSize, references } = built;
  if (narHash !== undefined && narSize !== undefined && references !== undefined)
    return { narHash: sri(narHash), narSize, references: [...references].sort() };
  const scanner = new ReferenceScanner(references === undefined ? candidates() : []);
  const hasher = createHash('sha256');
  let size = 0;
  const take = (chunk: Uint8Array): void => {
    hasher.update(chunk);
    scanner.update(chunk);
    size += chunk.length;
  };
  if (built.tree) dumpNar(fileTreeSource, built.tree, take);
  else await inTurns(passingNarPieces(temporary), signal, take);
  return {
    narHash: sri(hasher.digest()),
    narSize: size,
    references: references === undefined ? scanner.references() : [...references].sort(),
  };
}

/** Returns the content address of a fixed output, whose hash must be as the derivation says; undefined for others. */
async function checkFixedOutput(
  node: DerivationNode,
  output: string,
  temporary: string,
  info: ValidPathInfo,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { hash, hashAlgo } = node.drv.outputs.get(output)!;
  if (hash === '') return undefined;
  const recursive = hashAlgo.startsWith('r:');
  const algorithm = hashAlgorithm(recursive ? hashAlgo.slice(2) : hashAlgo);
  if (algorithm === undefined)
    throw new BootflakeError({
      code: 'build/bad-hash-algorithm',
      message: `derivation '${node.drvPath}' has the unknown hash algorithm '${hashAlgo}'`,
    });
  const found = await contentHash(temporary, recursive, algorithm, info, signal);
  if (hexEncode(found) !== hash) {
    const wanted = formatHash({ algorithm, bytes: Buffer.from(hash, 'hex') }, 'sri');
    throw wrongHash(node, info.path, wanted, formatHash({ algorithm, bytes: found }, 'sri'));
  }
  if (info.references.length > 0) throw fixedWithReferences(node, info.references);
  return `fixed:${recursive ? 'r:' : ''}${formatHash({ algorithm, bytes: found }, 'nix32', true)}`;
}

async function contentHash(
  temporary: string,
  recursive: boolean,
  algorithm: HashAlgorithm,
  info: ValidPathInfo,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (recursive && algorithm === 'sha256') return Buffer.from(info.narHash.slice('sha256-'.length), 'base64');
  const hasher = createHash(algorithm);
  const take = (piece: Uint8Array): void => void hasher.update(piece);
  if (recursive) {
    await inTurns(passingNarPieces(temporary), signal, take);
    return hasher.digest();
  }
  const node = readTree(temporary);
  if (node.type !== 'regular' || (node.mode & 0o100) !== 0)
    throw new BootflakeError({
      code: 'build/not-a-file',
      message:
        `output '${info.path}' should be a non-executable regular file since recursive hashing is not enabled (outputHashMode = "flat"), ` +
        `but it is ${node.type === 'regular' ? 'executable' : `a ${node.type}`}`,
    });
  await inTurns(filePieces(temporary, node.contents.size), signal, take);
  return hasher.digest();
}

/**
 * Moves finished outputs into place and registers them together. Returns false when some were valid already; those stay where they were
 * made.
 */
export function commitOutputs(store: LocalStore, finished: FinishedOutput[]): boolean {
  const moved = finished.filter(({ temporary, info }) => store.moveIntoPlace(temporary, info.path));
  if (moved.length > 0) store.registerValidPaths(moved.map(({ info }) => ({ ...info, ultimate: true })));
  return moved.length === finished.length;
}

/** Puts finished outputs in the place of damaged ones. */
export function replaceOutputs(store: LocalStore, finished: readonly FinishedOutput[]): void {
  for (const { temporary, info } of finished) store.replacePath(temporary, { ...info, ultimate: true });
}

/** `bootflake store ls`, `store cat` and `path-info`: information about store paths and their files, in Nix's formats. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import { namedPath } from './path-argument.ts';
import { canonicalPath, fileFacts, readSymlink } from '../system/file-operations.ts';
import { installablePaths } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';
import { sortedEntries } from '../nix-format/nar-writer.ts';
import { physicalSource } from '../store/physical-tree.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import type { ListedNode } from './listing.ts';
import { invalidPath } from '../store/closure.ts';
import type { ValidPathInfo } from '../store/store.ts';

interface Listed {
  type: 'directory' | 'regular' | 'symlink';
  /** The physical file. */
  file: string;
}

/** A path inside a store path. Throws `store/no-such-file`. */
async function find(cwd: string, name: string): Promise<Listed> {
  const store = await openStore();
  const storePath = namedPath(store, cwd, name);
  if (!store.isValidPath(storePath)) throw invalidPath(storePath);
  const asked = resolve(cwd, name);
  const file = asked.startsWith('/nix/store/')
    ? store.realPath(asked)
    : asked === store.realPath(storePath) || asked.startsWith(`${store.physicalStore}/`)
      ? asked
      : canonicalPath(asked)!;
  const facts = fileFacts(file);
  if (facts === undefined || facts.type === 'other')
    throw new BootflakeError({ code: 'store/no-such-file', message: `path '${name}' does not exist` });
  return { type: facts.type, file };
}

/** What `store ls` lists: the tree at a path inside a store path. Throws `store/no-such-file`. */
export async function findInStore(cwd: string, name: string): Promise<ListedNode> {
  return nodeOf((await find(cwd, name)).file);
}

function nodeOf(file: string): ListedNode {
  const node = physicalSource.inspect(file);
  if (node.type === 'regular') return node;
  if (node.type === 'symlink') return { type: 'symlink', target: readSymlink(file) };
  const entries = sortedEntries(physicalSource.list(file));
  return { type: 'directory', entries: entries.map(([name, child]) => [nameOfBytes(name), () => nodeOf(child)]) };
}

/** A file's bytes. */
export async function readStoreFile(cwd: string, name: string): Promise<Uint8Array> {
  const { type, file } = await find(cwd, name);
  if (type !== 'regular')
    throw new BootflakeError({
      code: 'store/not-a-regular-file',
      message: `path '${name}' is not a regular file`,
      hint: `Run: bootflake store ls ${name}  to list this ${type}.`,
    });
  return readFileSync(file);
}

export interface PathInfo extends ValidPathInfo {
  /** 0 when it was not asked for. */
  closureSize: number;
}

/**
 * Returns facts of store paths or installables, with `recursive` of their closure. Throws `store/invalid-path` for one that is not built.
 */
export async function pathInfos(
  context: PipelineContext,
  names: string[],
  options: { recursive: boolean; closureSize: boolean },
): Promise<PathInfo[]> {
  const store = await openStore(context);
  const paths = await installablePaths(context, store, { names });
  store.holdAll(paths);
  const missing = paths.find((path) => !store.isValidPath(path));
  if (missing !== undefined) {
    const error = invalidPath(missing);
    error.hint = `Run: bootflake build ${shellQuote(names)}`;
    throw error;
  }
  const wanted = options.recursive ? store.computeClosure(paths) : [...new Set(paths)];
  const sizeOf = (path: string): number => store.computeClosure([path]).reduce((sum, one) => sum + store.validPathInfo(one).narSize, 0);
  return wanted.map((path) => ({ ...store.validPathInfo(path), closureSize: options.closureSize ? sizeOf(path) : 0 }));
}

/** Why a path is trusted, as `nix path-info --sigs` shows it. */
export function trustColumn({ ultimate, ca, signatures = [] }: ValidPathInfo): string {
  return [...(ultimate ? ['ultimate'] : []), ...(ca === undefined ? [] : [`ca:${ca}`]), ...signatures].join(' ');
}

/** In the format of `nix path-info --json`, by path. */
export function pathInfoJson(
  infos: PathInfo[],
  options: { closureSize: boolean; hostPath(path: string): string },
): Record<string, unknown> {
  return Object.fromEntries(
    infos.map(({ path, ca, closureSize, deriver, narHash, narSize, references, signatures, ultimate }) => [
      path,
      {
        ca: ca ?? null,
        ...(options.closureSize && { closureSize }),
        deriver: deriver ?? null,
        file: options.hostPath(path),
        narHash,
        narSize,
        references,
        signatures: signatures ?? [],
        storeDir: '/nix/store',
        ultimate: ultimate ?? false,
        version: 1,
      },
    ]),
  );
}

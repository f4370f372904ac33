/** `bootflake store ls`, `store cat` and `path-info`: information about store paths and their files, in Nix's formats. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { namedPath } from './collect-garbage.ts';
import { namesIn } from '../system/byte-paths.ts';
import { canonicalPath, fileFacts, readSymlink, type FileFacts } from '../system/file-operations.ts';
import { installablePaths } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';
import type { LocalStore } from '../store/local-store.ts';
import { invalidPath } from '../store/closure.ts';
import type { ValidPathInfo } from '../store/store.ts';

interface Listed {
  type: 'directory' | 'regular' | 'symlink';
  /** The physical file. */
  file: string;
  facts: FileFacts;
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
  return { type: facts.type, file, facts };
}

export interface ListOptions {
  recursive: boolean;
  long: boolean;
  directory: boolean;
}

/** Lines as `nix store ls` prints them. */
export async function listStore(cwd: string, name: string, options: ListOptions): Promise<string[]> {
  const found = await find(cwd, name);
  if (found.type !== 'directory' || options.directory)
    return [listLine(found.type === 'directory' ? '.' : name.slice(name.lastIndexOf('/') + 1), found, options.long)];
  return [...walk(found.file, '.', options)];
}

function* walk(folder: string, shown: string, options: ListOptions): Generator<string> {
  for (const name of namesIn(folder).sort()) {
    const file = `${folder}/${name}`;
    const facts = fileFacts(file)!;
    yield listLine(`${shown}/${name}`, { type: facts.type as Listed['type'], file, facts }, options.long);
    if (facts.type === 'directory' && options.recursive) yield* walk(file, `${shown}/${name}`, options);
  }
}

function listLine(shown: string, { type, file, facts }: Listed, long: boolean): string {
  if (!long) return shown;
  const mode = type === 'directory' ? 'dr-xr-xr-x' : type === 'symlink' ? 'lrwxrwxrwx' : facts.mode & 0o100 ? '-r-xr-xr-x' : '-r--r--r--';
  const size = type === 'regular' ? facts.size : 0;
  return `${mode} ${String(size).padStart(20)} ${shown}${type === 'symlink' ? ` -> ${readSymlink(file)}` : ''}`;
}

/** As `nix store ls --json`. */
export async function listStoreJson(cwd: string, name: string, options: { recursive: boolean }): Promise<unknown> {
  const { file } = await find(cwd, name);
  return describeFile(file, options.recursive ? Infinity : 1);
}

function describeFile(file: string, depth: number): unknown {
  const facts = fileFacts(file)!;
  if (facts.type === 'symlink') return { target: readSymlink(file), type: 'symlink' };
  if (facts.type === 'regular') return { ...(facts.mode & 0o100 && { executable: true }), size: facts.size, type: 'regular' };
  const entries = namesIn(file)
    .sort()
    .map((name) => [name, depth > 1 ? describeFile(`${file}/${name}`, depth - 1) : {}]);
  return { entries: Object.fromEntries(entries), type: 'directory' };
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
  closureSize: number;
}

/**
 * Returns facts of store paths or installables, with `recursive` of their closure. Throws `store/invalid-path` for one that is not built.
 */
export async function pathInfos(context: PipelineContext, names: string[], options: { recursive: boolean }): Promise<PathInfo[]> {
  const store = await openStore(context);
  const paths = await installablePaths(context, store, { names });
  const wanted = options.recursive ? store.computeClosure(paths) : [...new Set(paths)];
  return wanted.map((path) => {
    const info = infoOf(store, path);
    return { ...info, closureSize: store.computeClosure([path]).reduce((sum, one) => sum + infoOf(store, one).narSize, 0) };
  });
}

function infoOf(store: LocalStore, path: string): ValidPathInfo {
  const info = store.queryPathInfo(path);
  if (info === undefined) throw invalidPath(path);
  return info;
}

/** Why a path is trusted, as `nix path-info --sigs` shows it. */
export function trustColumn({ ultimate, ca, signatures = [] }: ValidPathInfo): string {
  return [...(ultimate ? ['ultimate'] : []), ...(ca === undefined ? [] : [`ca:${ca}`]), ...signatures].join(' ');
}

/** In the format of `nix path-info --json`, by path. */
export function pathInfoJson(infos: PathInfo[], options: { closureSize: boolean }): Record<string, unknown> {
  return Object.fromEntries(
    infos.map(({ path, ca, closureSize, deriver, narHash, narSize, references, signatures, ultimate }) => [
      path,
      {
        ca: ca ?? null,
        ...(options.closureSize && { closureSize }),
        deriver: deriver ?? null,
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

/** `bootflake store diff-closures`: packages and versions that were added, removed or changed in size between two closures. */
import { storePathName } from '../nix-format/store-path.ts';
import type { LocalStore } from '../store/local-store.ts';
import { installablePaths, type PathsRequest } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface ClosureDifference {
  /** The package's name, without version and output. */
  name: string;
  /** Versions only before and only after; '' for a name without one. Sorted. */
  removed: string[];
  added: string[];
  /** Bytes of NARs; undefined for less than 8 KiB. */
  sizeChange: number | undefined;
}

const LEAST_CHANGE = 8 << 10;

/** Returns what differs, by name. Throws `store/invalid-path`, and the errors of evaluation and builds. */
export async function diffClosures(
  context: PipelineContext,
  request: { before: string; after: string } & Pick<PathsRequest, 'source' | 'derivation'>,
): Promise<ClosureDifference[]> {
  const store = await openStore(context);
  const { source, derivation = false } = request;
  const grouped = async (name: string): Promise<Groups> => {
    const paths = await installablePaths(context, store, { names: [name], source, derivation, realise: true });
    return groups(store, paths.slice(0, 1));
  };
  const [before, after] = [await grouped(request.before), await grouped(request.after)];
  return [...new Set([...before.keys(), ...after.keys()])].sort(byBytes).flatMap((name) => {
    const [old, now] = [before.get(name) ?? EMPTY, after.get(name) ?? EMPTY];
    const removed = [...old.versions].filter((version) => !now.versions.has(version)).sort(byBytes);
    const added = [...now.versions].filter((version) => !old.versions.has(version)).sort(byBytes);
    const change = now.size - old.size;
    const sizeChange = Math.abs(change) >= LEAST_CHANGE ? change : undefined;
    return removed.length + added.length > 0 || sizeChange !== undefined ? [{ name, removed, added, sizeChange }] : [];
  });
}

interface Group {
  versions: Set<string>;
  size: number;
}
type Groups = Map<string, Group>;
const EMPTY: Group = { versions: new Set(), size: 0 };

function groups(store: LocalStore, paths: string[]): Groups {
  const found: Groups = new Map();
  for (const path of store.computeClosure(paths)) {
    const info = store.validPathInfo(path);
    const { name, version } = packageOf(storePathName(path));
    const group = found.get(name) ?? { versions: new Set(), size: 0 };
    group.versions.add(version);
    group.size += info.narSize;
    found.set(name, group);
  }
  return found;
}

/** A package of Debian as its file is named, `libc6_2.41-12_amd64`. */
const DEBIAN_NAME = /^([a-z0-9][a-z0-9+.-]+)_([0-9].*)_(?:all|amd64|arm64|i386)$/;

/** Drops what may be the name of an output; the version begins at the first dash before anything but a letter. */
function packageOf(pathName: string): { name: string; version: string } {
  const [, debian, revision] = DEBIAN_NAME.exec(pathName) ?? [];
  if (debian !== undefined) return { name: debian, version: revision! };
  const [, without = pathName] = /^(.*)-(?:[a-z]+|lib32|lib64)$/.exec(pathName) ?? [];
  const [, name = without, version = ''] = /^(.*?)-([^a-zA-Z].*)$/.exec(without) ?? [];
  return { name, version };
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

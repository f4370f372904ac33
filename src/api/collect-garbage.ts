/** `bootflake store gc` and `store delete`: finds what keeps paths in the store, and deletes the rest. */
import type { ProgressEvent } from '../base/progress.ts';
import { removeAbandonedBeside } from '../system/beside-name.ts';
import { fileFacts, listNames, readBeginning } from '../system/file-operations.ts';
import { livenessOf, parseIdentityToken } from '../system/process-identity.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { removeTrees } from '../system/remove-trees.ts';
import { readSettings } from '../settings/settings.ts';
import { openStore, type FlakeOptions } from './pipeline.ts';
import {
  checkDeletable,
  findLiveness,
  forgetDamaged,
  unregister,
  upTo,
  withCollectorLock,
  type Deleted,
  type Unregistered,
  type GarbageOptions,
  type Liveness,
} from '../store/garbage.ts';
import { storePathIn, type GcRoot } from '../store/gc-roots.ts';
import { namedPath, notInStore } from './path-argument.ts';
import type { LocalStore } from '../store/local-store.ts';
import { buildLogFolder } from '../realise/build-log.ts';
import { decodeDiskHeader } from '../vm/overlay.ts';
import { parseSize } from '../vm/size.ts';

/** By the names of nix.conf: `keep-outputs` and `keep-derivations` matter here. */
type GivenSettings = Pick<FlakeOptions, 'nixSettings'>;

/** Returns the present live and dead paths without changing anything. */
export async function examineGarbage(settings: GivenSettings): Promise<Liveness> {
  const store = await openStore();
  return findLiveness(store, garbageOptions(store, true, settings));
}

/** The callbacks of a deletion. The signal ends it between two paths. */
export interface DeletionReport {
  signal: AbortSignal;
  onProgress(event: ProgressEvent): void;
  /** Called for each deleted path. */
  onDeleted(path: string): void;
}

/** Deletes dead paths until their contents add up to `most` (`500M`, `2G`). */
export async function collectGarbage(options: { most?: string | undefined } & GivenSettings, report: DeletionReport): Promise<Deleted> {
  const most = options.most === undefined ? undefined : parseSize(options.most);
  const store = await openStore();
  report.onProgress({ type: 'start', id: 'garbage', activity: 'finding unneeded paths' });
  await removeTrees(store.temporary.abandoned(), { signal: report.signal });
  store.removeAbandoned();
  for (const folder of foldersOfSmallFiles(store)) removeAbandonedBeside(folder);
  const { chosen, sizes } = withCollectorLock(store, () => {
    const liveness = findLiveness(store, garbageOptions(store, false, options));
    forgetDamaged(store, liveness);
    return { chosen: unregister(store, upTo(most, liveness)), sizes: liveness.sizes };
  });
  return finish(store, chosen, sizes, report);
}

/** Where files are written under a name of the moment first: records and logs. */
function foldersOfSmallFiles(store: LocalStore): string[] {
  const logs = buildLogFolder(store.root);
  return [`${store.state}/valid`, ...listNames(logs).map((name) => `${logs}/${name}`)];
}

/** Deletes paths that nothing else needs; with `ignoreLiveness` also roots. Throws `store/still-alive`. */
export async function deletePaths(
  cwd: string,
  names: string[],
  options: { ignoreLiveness: boolean } & GivenSettings,
  report: DeletionReport,
): Promise<Deleted> {
  const store = await openStore();
  const paths = [...new Set(names.map((name) => namedPath(store, cwd, name)))];
  const { chosen, sizes } = withCollectorLock(store, () => {
    const liveness = findLiveness(store, garbageOptions(store, false, options));
    const known = new Set([...liveness.live, ...liveness.dead]);
    for (const path of paths) if (!known.has(path)) throw notInStore(path);
    checkDeletable(paths, options.ignoreLiveness ? { ...liveness, live: [], roots: [] } : liveness, store);
    const order = new Map([...liveness.dead, ...liveness.live].map((path, i) => [path, i]));
    return {
      chosen: unregister(
        store,
        paths.sort((a, b) => order.get(a)! - order.get(b)!),
      ),
      sizes: liveness.sizes,
    };
  });
  return finish(store, chosen, sizes, report);
}

/** If it is ended early, the remaining files are in the temporary folder, which the next run removes. */
async function finish(
  store: LocalStore,
  unregistered: Unregistered[],
  sizes: Map<string, number>,
  { signal, onProgress, onDeleted }: DeletionReport,
): Promise<Deleted> {
  const size = (path: string): number => sizes.get(path) ?? 0;
  const totalBytes = unregistered.reduce((sum, { path }) => sum + size(path), 0);
  const pathOf = new Map(unregistered.map(({ path, aside }) => [aside, path]));
  onProgress({ type: 'start', id: 'garbage', activity: `deleting ${unregistered.length} store paths`, totalBytes });
  let all = 0;
  try {
    await removeTrees(
      unregistered.flatMap(({ aside }) => aside ?? []),
      {
        signal,
        onRemoved: (aside, freed) => {
          all += freed;
          const path = pathOf.get(aside)!;
          onDeleted(path);
          onProgress({ type: 'advance', id: 'garbage', bytes: size(path) });
        },
      },
    );
    return { paths: unregistered.map(({ path }) => path), freed: all };
  } finally {
    onProgress({ type: 'finish', id: 'garbage' });
    store.close();
  }
}

function garbageOptions(store: LocalStore, dryRun: boolean, { nixSettings }: GivenSettings): GarbageOptions {
  // A disk of a machine may lie over a snapshot, which lies over the image.
  const backingOf = (file: string): string | undefined => {
    const { image, backing } = decodeDiskHeader(readBeginning(file, 1 << 16));
    return image?.path ?? backing;
  };
  return { ...readSettings({ nixSettings }).garbage, dryRun, backingOf, moreRoots: runningMachines(store, backingOf) };
}

/** The images of running machines: `run-PROCESS/overlay.qcow2` in the state folder. */
function runningMachines(store: LocalStore, backingOf: (file: string) => string | undefined): GcRoot[] {
  const folder = stateDirectory();
  return listNames(folder).flatMap((name) => {
    const identity = name.startsWith('run-') ? parseIdentityToken(name.slice('run-'.length)) : undefined;
    const overlay = `${folder}/${name}/overlay.qcow2`;
    if (!identity || livenessOf(identity) === 'dead' || fileFacts(overlay)?.type !== 'regular') return [];
    const image = backingOf(overlay);
    const path = image === undefined ? undefined : storePathIn(image, store.physicalStore);
    return path === undefined ? [] : [{ link: overlay, path }];
  });
}

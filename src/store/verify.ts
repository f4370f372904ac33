/** Checks that registered paths exist and are unchanged. */
import { readTree } from '../system/read-tree.ts';
import { fileExists, listNames } from '../system/file-operations.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import { sri } from '../nix-format/hash.ts';
import type { PathRecords } from './path-records.ts';
import type { Store, StoreProblem, ValidPathInfo, VerifyOptions } from './store.ts';

/** The operations of a store that verification needs. */
export interface VerifiableStore extends Pick<Store, 'queryPathInfo' | 'realPath'> {
  readonly physicalStore: string;
  readonly records: PathRecords;
  deletePath(path: string): string[];
}

export function findProblems(store: VerifiableStore, options: VerifyOptions): StoreProblem[] {
  const records = store.records.all();
  const valid = new Set(records.map(({ path }) => path));
  const problems: StoreProblem[] = [];
  const only = options.paths && new Set(options.paths);
  for (const record of records) {
    if (only && !only.has(record.path)) continue;
    options.onPath?.(record.path);
    const problem = missingReference(record, valid) ?? fault(store, record, options.contents);
    if (problem) problems.push(problem);
  }
  return [...problems, ...damagedRecords(store).filter(({ path }) => !only || only.has(path))];
}

function damagedRecords(store: VerifiableStore): StoreProblem[] {
  const hashes = store.records.damaged();
  const names = hashes.length > 0 ? listNames(store.physicalStore) : [];
  return hashes.map((hash) => {
    const name = names.find((candidate) => candidate.startsWith(`${hash}-`)) ?? hash;
    const path = `${STORE_DIR}/${name}`;
    return {
      path,
      code: 'record-damaged',
      message: `the record of '${path}' is damaged: the path does not count as valid, and is made again when it is needed`,
    };
  });
}

/** Returns those of the given valid paths whose files differ from what was registered. */
export function findDamage(store: VerifiableStore, paths: readonly string[]): StoreProblem[] {
  return paths.flatMap((path) => {
    const record = store.queryPathInfo(path) ?? store.records.read(path);
    return (record && fault(store, record, true)) ?? [];
  });
}

function missingReference(record: ValidPathInfo, valid: Set<string>): StoreProblem | undefined {
  const missing = record.references.find((reference) => !valid.has(reference));
  if (missing === undefined) return undefined;
  return {
    path: record.path,
    code: 'reference-missing',
    missing,
    message: `'${record.path}' refers to '${missing}', which is not in the store`,
  };
}

function fault(store: VerifiableStore, record: ValidPathInfo, contents: boolean): StoreProblem | undefined {
  const { path } = record;
  const place = store.realPath(path);
  if (!fileExists(place)) return { path, code: 'missing', message: `'${path}' is registered, but '${place}' does not exist` };
  if (!contents) return undefined;
  const found = hashOrFault(place);
  if (found === record.narHash) return undefined;
  return { path, code: 'modified', message: `'${path}' has changed: its hash was ${record.narHash}, now it is ${found}` };
}

function hashOrFault(place: string): string {
  try {
    return sri(narHash(readTree(place)).sha256);
  } catch (error) {
    return `nothing readable (${(error as Error).message})`;
  }
}

/** Checks every path registered in a boot that ended before everything was on the disk, and drops the damaged ones. */
export function recoverLostBoots(store: VerifiableStore, boots: string[], notice: (message: string) => void): void {
  const records = store.records.all();
  const suspects = records.filter(({ bootId }) => bootId !== undefined && boots.includes(bootId));
  if (suspects.length > 0) notice(`this machine went down before the store was written out: checking ${suspects.length} store paths`);
  const torn = suspects.filter((record) => fault(store, record, true) !== undefined).map(({ path }) => path);
  const valid = new Set(records.map(({ path }) => path));
  torn.push(...records.filter((record) => missingReference(record, valid) !== undefined).map(({ path }) => path));
  for (const path of torn) store.deletePath(path);
  for (const hash of store.records.damaged()) store.records.forget(hash);
  if (torn.length > 0) notice(`${torn.length} store paths were torn and will be made again`);
}

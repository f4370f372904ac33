/**
 * Caches the result of evaluating an installable of an unchanged flake. The key holds everything that the evaluation can depend on: the
 * hash of the flake's tree (lock file included), the revision, our version and distribution, the system, who builds images. An entry that
 * is damaged, or whose derivation is gone from the store, is ignored.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { JsonCache } from '../kept/json-cache.ts';
import { packageRoot } from '../system/package-root.ts';
import type { LocalStore } from '../store/local-store.ts';
import { version } from '../base/version.ts';
import type { FlakeInstallable } from '../flake/installable.ts';
import type { ImageBuilder } from '../settings/options.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import type { Purpose } from './session-types.ts';
import type { EvaluatedAttribute } from './worker-protocol.ts';

const KIND = { name: 'result', schema: 1 };
const MOST_ENTRIES = 1000;

/** The attributes of a locked input that identify its tree, and those visible to the flake. */
const factNames = ['narHash', 'rev', 'ref', 'dirtyRev', 'lastModified', 'release', 'updates', 'security'];

export interface ResultCircumstances {
  system: string;
  purpose: Purpose;
  imageBuilder: ImageBuilder;
  /** Experimental features of the language. */
  features: readonly string[];
}

export function resultKey(
  installable: FlakeInstallable,
  facts: InputAttrs,
  { system, purpose, imageBuilder, features }: ResultCircumstances,
): string {
  const { ref, fragment, outputs } = installable;
  // A commit's time follows from its revision; it adds information only for a plain folder.
  const known = factNames
    .filter((name) => facts[name] !== undefined && !(name === 'lastModified' && ref.input.type === 'git'))
    .map((name) => [name, facts[name]]);
  const parts = [
    version,
    distributionStamp(),
    system,
    purpose,
    imageBuilder,
    [...features].sort(),
    Object.entries(ref.input).sort(([a], [b]) => (a < b ? -1 : 1)),
    ref.subdir,
    fragment,
    outputs,
    known,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

let stamp: string | undefined;

/** Changes when one of our Nix files changes: names, sizes and times of all of them. */
function distributionStamp(): string {
  if (stamp !== undefined) return stamp;
  const hash = createHash('sha256');
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else {
        const { size, mtimeMs } = lstatSync(path);
        hash.update(`${path}\0${size}\0${mtimeMs}\0`);
      }
    }
  };
  for (const folder of ['distro', 'image-builder']) visit(join(packageRoot(), folder));
  stamp = hash.digest('hex');
  return stamp;
}

export class ResultCache {
  private readonly cache: JsonCache;

  constructor(cacheDir: string) {
    this.cache = new JsonCache(join(cacheDir, 'results'), KIND, MOST_ENTRIES);
  }

  find(key: string, store: LocalStore): EvaluatedAttribute | undefined {
    const result = this.cache.find(key) as EvaluatedAttribute | undefined;
    const needed = result && [result.drvPath, ...(result.debian ? [result.debian.drvPath] : [])];
    return needed?.every((path) => store.isValidPath(path)) ? result : undefined;
  }

  remember(key: string, result: EvaluatedAttribute): void {
    this.cache.remember(key, result);
  }
}

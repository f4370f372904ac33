import { BootflakeError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { downloadBytes } from '../system/http.ts';
import { httpSettings, type NetworkSettings } from '../system/network-settings.ts';
import type { IndexSizes } from './index-sizes.ts';
import { ARCHITECTURE, indexPin, MAIN, OTHER_COMPONENTS, type Component, type IndexPin } from './components.ts';
import { LOCK_SCHEMA, type DebianLock } from './lock.ts';
import { chooseMirrors, mirrorOf, type DebianMirrors } from './mirrors.ts';
import {
  checkDebianSuite,
  checkReleaseDates,
  debianSigner,
  MAX_RELEASE_BYTES,
  packageIndexOf,
  parseRelease,
  verifyRelease,
  type ReleaseFile,
} from './release.ts';
import { suiteSources, type SuiteSource } from './suites.ts';

export interface LockSuiteOptions {
  suite: string;
  mirrors?: DebianMirrors;
  network?: NetworkSettings;
  signal?: AbortSignal;
  progress?: (event: ProgressEvent) => void;
  /** Accept Release files past their Valid-Until. Defaults to whether BOOTFLAKE_ACCEPT_EXPIRED is 1. */
  acceptExpired?: boolean;
  /** Accept Release files older than those of `previous`. Defaults to whether BOOTFLAKE_ACCEPT_OLDER is 1. */
  acceptOlder?: boolean;
  /** The previous lock: going back in time is refused. */
  previous?: DebianLock;
  /** Armored public keys instead of Debian's. */
  keys?: string[];
  /** Seconds since 1970. Defaults to the clock. */
  now?: number;
  /** Called with the sizes that the Release files state for the pinned indexes. */
  onIndex?: (sha256: string, sizes: IndexSizes) => void;
}

/**
 * Fetches and verifies the Release files of a suite, its updates and its security, and pins the package indexes that they name.
 * Throws the codes of release.ts and http.ts, `debian/unknown-suite` and `debian/no-index`.
 */
export async function lockDebianSuite(options: LockSuiteOptions): Promise<DebianLock> {
  const sources = suiteSources(options.suite);
  const mirrors = options.mirrors ?? chooseMirrors(options.network);
  const locked = await Promise.all(
    sources.map(async (source) => {
      const url = `${mirrorOf(mirrors, source.archive)}/dists/${source.dist}/InRelease`;
      const release = await fetchRelease(url, source, options);
      const pins: Partial<Record<IndexPin, string>> = {};
      for (const component of OTHER_COMPONENTS) {
        const found = findIndex(release, component);
        if (!found) continue;
        options.onIndex?.(found.sha256, found.sizes);
        pins[indexPin(source.part, component) as IndexPin] = found.sha256;
      }
      const { sha256, sizes } = mainIndex(release, url);
      options.onIndex?.(sha256, sizes);
      return [source.part, { sha256, date: release.date, pins }] as const;
    }),
  );
  const { release, updates, security } = Object.fromEntries(locked) as Record<
    SuiteSource['part'],
    { sha256: string; date: number; pins: Partial<Record<IndexPin, string>> }
  >;
  return {
    type: 'debian',
    suite: options.suite,
    schema: LOCK_SCHEMA,
    release: release.sha256,
    updates: updates.sha256,
    security: security.sha256,
    ...release.pins,
    ...updates.pins,
    ...security.pins,
    releaseDate: release.date,
    updatesDate: updates.date,
    securityDate: security.date,
    lastModified: Math.max(release.date, updates.date, security.date),
  };
}

async function fetchRelease(url: string, source: SuiteSource, options: LockSuiteOptions): Promise<ReleaseFile> {
  const { signal, progress, previous } = options;
  const id = `release:${source.dist}`;
  progress?.({ type: 'start', id, activity: `fetching the Release of ${source.dist}`, download: true });
  try {
    const { bytes } = await downloadBytes(url, {
      ...httpSettings(options.network),
      ...(signal && { signal }),
      maxBytes: MAX_RELEASE_BYTES,
      headers: { 'cache-control': 'max-age=0' },
      onBytes: (count) => progress?.({ type: 'advance', id, bytes: count }),
    });
    const now = options.now ?? wallClockSeconds();
    const notBefore = previous?.suite === options.suite && !acceptsOlder(options) ? previous[`${source.part}Date`] : undefined;
    const signer = debianSigner(options.keys);
    const text = await verifyRelease(Buffer.from(bytes).toString('utf8'), url, now, signer);
    const release = parseRelease(text, url);
    checkDebianSuite(release, url, source.dist);
    checkReleaseDates(release, url, { now, signer, acceptExpired: acceptsExpired(options), notBefore });
    return release;
  } finally {
    progress?.({ type: 'finish', id });
  }
}

export function acceptsOlder({ acceptOlder, network }: Pick<LockSuiteOptions, 'acceptOlder' | 'network'>): boolean {
  return acceptOlder ?? (network?.env ?? process.env).BOOTFLAKE_ACCEPT_OLDER === '1';
}

export function acceptsExpired({ acceptExpired, network }: Pick<LockSuiteOptions, 'acceptExpired' | 'network'>): boolean {
  return acceptExpired ?? (network?.env ?? process.env).BOOTFLAKE_ACCEPT_EXPIRED === '1';
}

function findIndex(release: ReleaseFile, component: Component): { sha256: string; sizes: IndexSizes } | undefined {
  return packageIndexOf(release, `${component}/binary-${ARCHITECTURE}/`);
}

function mainIndex(release: ReleaseFile, url: string): { sha256: string; sizes: IndexSizes } {
  const found = findIndex(release, MAIN);
  if (found) return found;
  throw new BootflakeError({
    code: 'debian/no-index',
    message: `${url} lists no ${MAIN}/binary-${ARCHITECTURE}/Packages.gz or Packages.xz`,
  });
}

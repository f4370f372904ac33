import { BootflakeError } from '../../base/errors.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import { shortened } from '../../base/shortened.ts';
import { wallClockSeconds } from '../../system/clock.ts';
import { downloadBytes } from '../../system/http.ts';
import { httpSettings, type NetworkSettings } from '../../system/network-settings.ts';
import type { IndexSizes } from '../index-sizes.ts';
import { acceptsExpired, acceptsOlder } from '../lock-suite.ts';
import {
  checkReleaseDates,
  MAX_RELEASE_BYTES,
  packageIndexOf,
  parseRelease,
  verifyRelease,
  type ReleaseFile,
  type Signer,
} from '../release.ts';
import { findKeys, MAX_KEY_BYTES } from './repository-key.ts';
import {
  ARCHITECTURES,
  indexFolder,
  isFlat,
  printIndexes,
  REPOSITORY_TYPE,
  suiteAddress,
  type RepositoryAddress,
  type RepositoryIndexPin,
  type RepositoryLock,
} from './repository-lock.ts';

export interface LockRepositoryOptions {
  address: RepositoryAddress;
  /** Where the key is; trusted only if it has the fingerprint of the address. */
  keyUrl: string;
  network?: NetworkSettings;
  signal?: AbortSignal;
  progress?: (event: ProgressEvent) => void;
  /** Accept a Release past its Valid-Until. Defaults to whether BOOTFLAKE_ACCEPT_EXPIRED is 1. */
  acceptExpired?: boolean;
  /** Accept a Release older than that of `previous`. Defaults to whether BOOTFLAKE_ACCEPT_OLDER is 1. */
  acceptOlder?: boolean;
  /** The previous lock of the same repository: going back in time is refused. */
  previous?: RepositoryLock;
  /** Seconds since 1970. Defaults to the clock. */
  now?: number;
  /** Called with the sizes that the Release states for the pinned indexes. */
  onIndex?: (sha256: string, sizes: IndexSizes) => void;
}

/**
 * Fetches the key and the Release of a repository, verifies both, and pins the package indexes of its components. Throws the codes of
 * repository-key.ts, release.ts and http.ts, `debian/unknown-suite`, `debian/unknown-component` and `debian/no-index`.
 */
export async function lockRepository(options: LockRepositoryOptions): Promise<RepositoryLock> {
  const { address } = options;
  const url = `${suiteAddress(address)}InRelease`;
  const keys = await findKeys(await fetchFile(options.keyUrl, MAX_KEY_BYTES, options), options.keyUrl, address.key.split(','));
  const signer = signerOf(address.key, keys);
  const now = options.now ?? wallClockSeconds();
  const inRelease = Buffer.from(await fetchRelease(url, address.suite, options)).toString('utf8');
  const release = parseRelease(await verifyRelease(inRelease, url, now, signer), url);
  checkSuite(release, url, address.suite);
  const notBefore = acceptsOlder(options) ? undefined : options.previous?.lastModified;
  checkReleaseDates(release, url, { now, signer, acceptExpired: acceptsExpired(options), notBefore });
  const pins = isFlat(address.suite)
    ? [flatIndex(release, url)]
    : address.components.split(',').flatMap((name) => indexesOf(release, url, name));
  for (const { sha256, sizes } of pins) options.onIndex?.(sha256, sizes);
  return {
    type: REPOSITORY_TYPE,
    ...address,
    indexes: printIndexes(pins),
    lastModified: release.date,
    ...(release.validUntil !== undefined && { validUntil: release.validUntil }),
  };
}

type SizedPin = RepositoryIndexPin & { sizes: IndexSizes };

function signerOf(key: string, keys: Signer['keys']): Signer {
  return {
    name: `the key ${key.replaceAll(',', ' or ')}`,
    keys,
    hints: {
      signature: 'Compare with the fingerprint that the repository publishes: it changed its key, or the connection is tampered with',
      expired:
        'Accept this state with --accept-expired (BOOTFLAKE_ACCEPT_EXPIRED=1): the repository is not kept up, somebody withholds its ' +
        "updates, or this machine's clock is ahead.",
      older: 'Go back with --accept-older (BOOTFLAKE_ACCEPT_OLDER=1): the repository went back, or somebody withholds its updates.',
    },
  };
}

async function fetchRelease(url: string, suite: string, options: LockRepositoryOptions): Promise<Uint8Array> {
  try {
    return await fetchFile(url, MAX_RELEASE_BYTES, options);
  } catch (error) {
    if (!(error instanceof BootflakeError) || error.code !== 'network/not-found') throw error;
    throw new BootflakeError({
      code: 'debian/unknown-suite',
      message: `the repository ${options.address.url} has no suite '${suite}': ${url} does not exist`,
      hint: 'Use the suite of the line for apt: deb URL SUITE COMPONENT... (of a repository that has only Release.gpg, none can be used).',
      cause: error,
    });
  }
}

async function fetchFile(url: string, maxBytes: number, options: LockRepositoryOptions): Promise<Uint8Array> {
  const { signal, progress, network } = options;
  const id = `apt:${url}`;
  progress?.({ type: 'start', id, activity: `fetching ${url}`, download: true });
  try {
    const { bytes } = await downloadBytes(url, {
      ...httpSettings(network),
      ...(signal && { signal }),
      maxBytes,
      headers: { 'cache-control': 'max-age=0' },
      onBytes: (count) => progress?.({ type: 'advance', id, bytes: count }),
    });
    return bytes;
  } finally {
    progress?.({ type: 'finish', id });
  }
}

/** A suite signed by the right key may still be another one of the same repository. */
function checkSuite({ suite, codename }: ReleaseFile, url: string, wanted: string): void {
  const name = wanted.replace(/\/$/, '');
  if (isFlat(wanted) || suite === name || codename === name) return;
  throw new BootflakeError({
    code: 'debian/wrong-suite',
    message: `${url} is the Release of the suite '${shortened(suite)}' (Codename '${shortened(codename)}'), '${wanted}' was requested`,
    hint: 'Use the name that the Release has, if the repository has a suite of that name, or ask those who maintain it.',
  });
}

/** What `Architecture: all` has in an index of its own is added to that of the architecture, as apt does. */
function indexesOf(release: ReleaseFile, url: string, component: string): SizedPin[] {
  const found = ARCHITECTURES.flatMap((architecture): SizedPin[] => {
    const index = packageIndexOf(release, indexFolder({ component, architecture }));
    return index ? [{ component, architecture, ...index }] : [];
  });
  if (found.length > 0) return found;
  const offered = new Set<string>();
  for (const path of release.indexes.keys()) {
    const [, name] = /^(.+)\/binary-([a-z0-9]+)\/Packages\.(?:gz|xz)$/.exec(path) ?? [];
    if (name !== undefined) offered.add(name);
  }
  throw new BootflakeError({
    code: 'debian/unknown-component',
    message: `${url} lists no ${indexFolder({ component, architecture: ARCHITECTURES[0] })}Packages.gz or Packages.xz`,
    hint: offered.size > 0 ? `Choose from its components: ${shortened([...offered].sort().join(', '), 400)}` : undefined,
  });
}

function flatIndex(release: ReleaseFile, url: string): SizedPin {
  const found = packageIndexOf(release, '') ?? packageIndexOf(release, './');
  if (found) return { component: '', architecture: ARCHITECTURES[0], ...found };
  throw new BootflakeError({ code: 'debian/no-index', message: `${url} lists no Packages.gz or Packages.xz` });
}

/** The package indexes of an apt repository: fetched by their hashes in the lock, checked, and made one index file. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import { shortened } from '../../base/shortened.ts';
import { cacheDirectory } from '../../system/cache-directory.ts';
import { writePaged } from '../../kept/paged-file.ts';
import { isFileName } from '../../tree/file-name.ts';
import { buildArchiveIndex, type IndexSource } from '../archive-index.ts';
import { ARCHITECTURE } from '../components.ts';
import { parseStanza } from '../control.ts';
import { indexKind, indexNames, indexText, isThere, type IndexOptions, type PinnedIndex } from '../package-index.ts';
import { indexFolder, parseIndexes, suiteAddress, type RepositoryIndexPin, type RepositoryLock } from './repository-lock.ts';

/** The path of a lock's index, once made by `ensureRepositoryIndex`. */
export function repositoryIndexPath({ url, suite, indexes }: RepositoryLock, cacheDir = cacheDirectory()): string {
  const key = createHash('sha256')
    .update(JSON.stringify([url, suite, indexes]))
    .digest('hex');
  return join(cacheDir, 'debian', `apt-${ARCHITECTURE}-${key.slice(0, 32)}.index`);
}

/**
 * Returns the index file's path, after building it if it is missing or damaged. Throws `debian/bad-index` for packages that dpkg would not
 * take or whose files could not be verified, and the codes of package-index.ts.
 */
export async function ensureRepositoryIndex(lock: RepositoryLock, options: Omit<IndexOptions, 'mirrors'> = {}): Promise<string> {
  const cacheDir = options.cacheDir ?? cacheDirectory();
  const path = repositoryIndexPath(lock, cacheDir);
  if (isThere(path)) return path;
  const { url, suite } = lock;
  const sources: IndexSource[] = [];
  for (const pin of parseIndexes(lock.indexes) ?? []) {
    const index = pinnedIndex(lock, pin);
    const text = usablePackages(await indexText(index, cacheDir, options), index.name);
    sources.push({ suite, archive: '', component: pin.component, repository: url, text });
  }
  options.signal?.throwIfAborted();
  writePaged(path, indexKind, Buffer.concat(buildArchiveIndex(suite, ARCHITECTURE, sources)));
  return path;
}

function pinnedIndex(lock: RepositoryLock, pin: RepositoryIndexPin): PinnedIndex {
  const folder = `${suiteAddress(lock)}${indexFolder(pin)}`;
  return {
    sha256: pin.sha256,
    name: [lock.url, lock.suite, pin.component].filter(Boolean).join(' '),
    input: 'INPUT',
    addresses: () => ({ mirror: lock.url, urls: indexNames(pin.sha256).map((name) => `${folder}${name}`) }),
  };
}

/** A .deb is held in memory; see builders/debian-package.ts. */
const MOST_BYTES = 2 ** 32;

/** Which packages dpkg takes (dpkg's pkg_name_is_illegal, parseversion), and what has to be known to verify their files. */
const rules: readonly [field: string, wanted: string, isRight: (value: string) => boolean][] = [
  ['package', 'a name of letters, digits and -+._', (value) => /^[A-Za-z0-9][A-Za-z0-9+._-]{0,199}$/.test(value)],
  ['version', 'a version of letters, digits and .+-~:', (value) => /^[0-9A-Za-z][0-9A-Za-z.+~:-]{0,199}$/.test(value)],
  ['architecture', `'${ARCHITECTURE}' or 'all'`, (value) => value === ARCHITECTURE || value === 'all'],
  ['filename', 'a path below the repository', (value) => plainFilename(value).split('/').every(isAddressPart)],
  ['sha256', '64 digits of base 16', (value) => /^[0-9a-f]{64}$/.test(value)],
  ['size', `a number of bytes, at most ${MOST_BYTES}`, (value) => /^[0-9]{1,10}$/.test(value) && Number(value) <= MOST_BYTES],
];

/** In a repository without `dists/`, most begin with `./`. */
export function plainFilename(filename: string): string {
  return filename.replace(/^(?:\.\/)+/, '');
}

function isAddressPart(text: string): boolean {
  return isFileName(text) && text.length <= 255 && /^[A-Za-z0-9.+~_:%@=,-]+$/.test(text);
}

/**
 * Returns the packages for this architecture, after a check of each: a repository without `dists/` has those for all in one file. Throws
 * `debian/bad-index`.
 */
function usablePackages(text: Buffer, name: string): Buffer {
  const kept: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    const gap = text.indexOf('\n\n', start, 'latin1');
    const end = gap < 0 ? text.length : gap + 1;
    const stanza = text.toString('latin1', start, end);
    if (/^Architecture: (?:amd64|all)$/m.test(stanza)) {
      checkStanza(stanza, name);
      kept.push(Buffer.from(stanza.endsWith('\n') ? stanza : `${stanza}\n`, 'latin1'), Buffer.from('\n'));
    }
    start = end + 1;
  }
  return Buffer.concat(kept);
}

function checkStanza(stanza: string, name: string): void {
  const fields = parseStanza(stanza);
  const fault = (what: string) =>
    new BootflakeError({
      code: 'debian/bad-index',
      message: `in the package index of ${name}, ${what}`,
      hint: 'Report it to those who maintain the repository: apt would not install that package either.',
    });
  const which = `the package ${JSON.stringify(shortened(fields.get('package') ?? '', 80))}`;
  for (const [field, wanted, isRight] of rules) {
    const value = fields.get(field);
    if (value !== undefined && isRight(value)) continue;
    const found = value === undefined ? 'is missing' : `is ${JSON.stringify(shortened(value, 80))}`;
    throw fault(`the ${field} of ${which} ${found}; it should be ${wanted}`);
  }
  // The index is made of the first of these fields, and what is read later of the last.
  if (!stanza.startsWith('Package: ') || !stanza.includes('\nVersion: ') || stanza.match(/^(?:package|version):/gim)?.length !== 2)
    throw fault(`the stanza of ${which} does not begin with the field Package, or has it or Version twice`);
}

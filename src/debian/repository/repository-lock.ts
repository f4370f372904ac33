/**
 * An apt repository beside Debian's archive, as an input of a flake: where it is and whose key signs it, as the user wrote it, and what a
 * lock pins. Flat attributes, as in flake.lock. The key is only needed to make a lock: the hashes in it pin every byte of every package.
 */
import { BootflakeError } from '../../base/errors.ts';
import { shortened } from '../../base/shortened.ts';
import { ARCHITECTURE } from '../components.ts';

export const REPOSITORY_TYPE = 'apt';
/** Raised when locks get attributes that earlier versions of bootflake must not overlook. Locks without a schema are of the first. */
export const REPOSITORY_SCHEMA = 1;

/** What the user writes. */
export interface RepositoryAddress {
  /** http or https, without a trailing slash: the folder with `dists/` and `pool/`. */
  url: string;
  /** The folder below `dists/`; of a repository without that folder, one that ends in `/`. */
  suite: string;
  /** Separated by commas; none in a repository without `dists/`. */
  components: string;
  /** The fingerprints of the keys of which one has to have signed it, separated by commas. */
  key: string;
}

export interface RepositoryLock extends RepositoryAddress {
  type: typeof REPOSITORY_TYPE;
  /** Package indexes with their SHA-256 in base 16: `main/amd64=HEX`, separated by commas; see `indexFolder`. */
  indexes: string;
  /** The date of the Release, seconds since 1970. */
  lastModified: number;
  /** When the Release expires; undefined if it does not say. */
  validUntil?: number;
}

/** The attributes of a lock that its tree has, in this order. */
export const repositoryFacts = ['url', 'suite', 'components', 'key', 'indexes', 'lastModified', 'validUntil'] as const;

export interface RepositoryIndexPin {
  /** '' in a repository without `dists/`. */
  component: string;
  architecture: string;
  sha256: string;
}

const MOST_COMPONENTS = 16;
const MOST_KEYS = 8;
export const ARCHITECTURES = [ARCHITECTURE, 'all'] as const;

/** A repository whose index is in the folder of its Release: `suite` ends in `/`. */
export function isFlat(suite: string): boolean {
  return suite.endsWith('/');
}

/** The folder of a suite's Release, with a trailing slash. */
export function suiteAddress({ url, suite }: RepositoryAddress): string {
  if (!isFlat(suite)) return `${url}/dists/${suite}/`;
  const folder = suite.replace(/^(?:\.?\/)+/, '');
  return `${url}/${folder}`;
}

/** The folder of an index below that of the Release, with a trailing slash; '' for the same folder. */
export function indexFolder({ component, architecture }: Omit<RepositoryIndexPin, 'sha256'>): string {
  return component === '' ? '' : `${component}/binary-${architecture}/`;
}

export function printIndexes(pins: readonly RepositoryIndexPin[]): string {
  return pins.map(({ component, architecture, sha256 }) => `${component}/${architecture}=${sha256}`).join(',');
}

/** undefined if the text is malformed. */
export function parseIndexes(text: string): RepositoryIndexPin[] | undefined {
  const pins: RepositoryIndexPin[] = [];
  for (const item of text.split(',')) {
    const [, component, architecture, sha256] = /^([^=,]*)\/([a-z0-9]+)=([0-9a-f]{64})$/.exec(item) ?? [];
    if (component === undefined || (component !== '' && !isComponent(component))) return undefined;
    if (!(ARCHITECTURES as readonly string[]).includes(architecture!)) return undefined;
    pins.push({ component, architecture: architecture!, sha256: sha256! });
  }
  return pins.length > MOST_COMPONENTS * ARCHITECTURES.length ? undefined : pins;
}

/** Names of folders, separated by slashes: nothing that would leave the repository, end an address or a line. */
function isFolder(text: string): boolean {
  return text.length <= 200 && text.split('/').every((part) => /^[A-Za-z0-9][A-Za-z0-9._~+:-]*$/.test(part));
}

function isComponent(text: string): boolean {
  return isFolder(text);
}

function isSuite(text: string): boolean {
  if (!isFlat(text)) return isFolder(text);
  const folder = text.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '');
  return folder === '' || isFolder(folder);
}

/** A fingerprint as gpg prints it, in groups, is as good as one without blanks. */
export function plainFingerprints(key: string): string {
  return key
    .split(',')
    .map((item) => item.replace(/\s+/g, '').toUpperCase())
    .join(',');
}

/** What is wrong with an attribute, and what it should be. */
export interface AddressFault {
  name: keyof RepositoryAddress;
  wanted: string;
}

/** Returns the first fault of an address, whose fingerprints are plain. */
export function addressFault({ url, suite, components, key }: RepositoryAddress): AddressFault | undefined {
  if (!isAddress(url)) {
    return {
      name: 'url',
      wanted: 'an http or https address without user, query, fragment and trailing slash (passwords are for netrc-file)',
    };
  }
  if (!isSuite(suite)) return { name: 'suite', wanted: "the name of a folder below dists/, or one that ends in '/'" };
  const list = components.split(',');
  if (isFlat(suite) ? components !== '' : list.length > MOST_COMPONENTS || !list.every(isComponent)) {
    return { name: 'components', wanted: isFlat(suite) ? "empty for a suite that ends in '/'" : 'names such as main,contrib' };
  }
  const keys = key.split(',');
  if (keys.length > MOST_KEYS || !keys.every((item) => /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(item))) {
    return {
      name: 'key',
      wanted: "the whole fingerprint of the key that signs the repository: 40 or 64 digits of base 16, as 'gpg --show-keys' prints it",
    };
  }
  return undefined;
}

/** Whether a text is an address that a file's path can follow. */
export function isAddress(text: string): boolean {
  return isWebAddress(text) && !text.endsWith('/') && !text.includes('?');
}

/** An address without user, password and fragment. */
export function isWebAddress(text: string): boolean {
  if (!/^https?:\/\/[^/]/.test(text) || /[#\s\\]/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** Throws `debian/newer-lock` for the attributes of a lock that a later version of bootflake wrote. */
export function checkRepositorySchema(schema: unknown): void {
  if (typeof schema !== 'number' || schema <= REPOSITORY_SCHEMA) return;
  throw new BootflakeError({
    code: 'debian/newer-lock',
    message:
      `a lock of type '${REPOSITORY_TYPE}' has the schema ${schema}; ` +
      `this version of bootflake reads schemas up to ${REPOSITORY_SCHEMA}`,
    hint: 'Update bootflake, or run: bootflake flake update INPUT  to replace the lock of that input.',
  });
}

/** Reads a lock from the attributes of a file; other attributes are ignored. Throws `debian/bad-lock` and `debian/newer-lock`. */
export function parseRepositoryLock(attrs: Record<string, unknown>): RepositoryLock {
  const fault = (name: string, wanted: string) =>
    new BootflakeError({
      code: 'debian/bad-lock',
      message:
        `a lock of type '${REPOSITORY_TYPE}' has '${name}' = ${shortened(JSON.stringify(attrs[name]) ?? 'undefined', 80)}, ` +
        `it should be ${wanted}`,
      hint: 'Run: bootflake flake update INPUT  for the input of this repository.',
    });
  if (attrs.type !== REPOSITORY_TYPE) throw fault('type', `"${REPOSITORY_TYPE}"`);
  checkRepositorySchema(attrs.schema);
  for (const name of ['url', 'suite', 'components', 'key', 'indexes']) if (typeof attrs[name] !== 'string') throw fault(name, 'a string');
  const { url, suite, components, key, indexes, lastModified, validUntil } = attrs as unknown as RepositoryLock;
  const wrong = addressFault({ url, suite, components, key });
  if (wrong) throw fault(wrong.name, wrong.wanted);
  if (!parseIndexes(indexes)) throw fault('indexes', 'such as "main/amd64=HASH", with SHA-256 in base 16');
  if (!Number.isSafeInteger(lastModified)) throw fault('lastModified', 'a number of seconds');
  if (validUntil !== undefined && !Number.isSafeInteger(validUntil)) throw fault('validUntil', 'a number of seconds, or left out');
  const lock: RepositoryLock = { type: REPOSITORY_TYPE, url, suite, components, key, indexes, lastModified };
  return validUntil === undefined ? lock : { ...lock, validUntil };
}

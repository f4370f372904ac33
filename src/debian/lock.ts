/** The state of the archive in a lock file: flat attributes, as in flake.lock. They pin every byte of every package. */
import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';
import { indexPin, indexPins, OTHER_COMPONENTS, PARTS, type Component, type IndexPin } from './components.ts';
import type { SuitePart } from './suites.ts';

/** Raised when locks get attributes that earlier versions of bootflake must not overlook. Locks without a schema are of the first. */
export const LOCK_SCHEMA = 2;

export interface DebianLock extends Partial<Record<IndexPin, string>> {
  type: 'debian';
  suite: string;
  schema?: typeof LOCK_SCHEMA;
  /** SHA-256 in base 16 of main/binary-amd64/Packages.gz of each part, or of Packages.xz if there is no .gz. */
  release: string;
  updates: string;
  security: string;
  /** Dates of the Release files, seconds since 1970. */
  releaseDate: number;
  updatesDate: number;
  securityDate: number;
  /** The newest of the dates. */
  lastModified: number;
}

/** undefined for a component that the lock does not pin. */
export function lockedIndex(lock: DebianLock, part: SuitePart, component: Component): { sha256: string; date: number } | undefined {
  const sha256 = lock[indexPin(part, component)];
  return sha256 === undefined ? undefined : { sha256, date: lock[`${part}Date`] };
}

/** The components besides main that a lock pins in each part of the suite. */
export function otherComponents(lock: DebianLock): Component[] {
  return OTHER_COMPONENTS.filter((component) => PARTS.every((part) => lockedIndex(lock, part, component)));
}

/** Returns the parts of a suite whose Release is older in `lock` than in `other`. */
export function olderParts(lock: DebianLock, other: DebianLock): SuitePart[] {
  return lock.suite === other.suite ? PARTS.filter((part) => lock[`${part}Date`] < other[`${part}Date`]) : [];
}

/** Combines the newer parts of two locks of a suite. */
export function newestParts(lock: DebianLock, other: DebianLock): DebianLock {
  const newest = { ...lock };
  for (const part of olderParts(lock, other)) {
    newest[part] = other[part];
    newest[`${part}Date`] = other[`${part}Date`];
    for (const pin of indexPins.filter((name) => name.startsWith(`${part}/`))) {
      delete newest[pin];
      if (other[pin] !== undefined) newest[pin] = other[pin];
    }
  }
  return { ...newest, lastModified: Math.max(newest.releaseDate, newest.updatesDate, newest.securityDate) };
}

/** Throws `debian/newer-lock` for the attributes of a lock that a later version of bootflake wrote. */
export function checkLockSchema(schema: unknown): void {
  if (typeof schema !== 'number' || schema <= LOCK_SCHEMA) return;
  throw new BootflakeError({
    code: 'debian/newer-lock',
    message: `a lock of type 'debian' has the schema ${schema}; this version of bootflake reads schemas up to ${LOCK_SCHEMA}`,
    hint: 'Update bootflake, or run: bootflake flake update nixpkgs  to replace the lock.',
  });
}

/** Reads a lock from the attributes of a file; other attributes are ignored. Throws `debian/bad-lock` and `debian/newer-lock`. */
export function parseDebianLock(attrs: Record<string, unknown>): DebianLock {
  const fault = (name: string, wanted: string) =>
    new BootflakeError({
      code: 'debian/bad-lock',
      message:
        `a lock of type 'debian' has '${name}' = ${shortened(JSON.stringify(attrs[name]) ?? 'undefined', 80)}, ` + `it should be ${wanted}`,
      hint: 'Run: bootflake flake update nixpkgs',
    });
  if (attrs.type !== 'debian') throw fault('type', `"debian"`);
  checkLockSchema(attrs.schema);
  if (attrs.schema !== undefined && attrs.schema !== LOCK_SCHEMA) throw fault('schema', `${LOCK_SCHEMA}, or left out`);
  if (typeof attrs.suite !== 'string' || !/^[a-z][a-z0-9.-]{0,63}$/.test(attrs.suite)) throw fault('suite', 'the name of a suite');
  const pinned = attrs.schema === undefined ? [] : indexPins.filter((name) => attrs[name] !== undefined);
  for (const name of [...PARTS, ...pinned]) {
    if (typeof attrs[name] !== 'string' || !/^[0-9a-f]{64}$/.test(attrs[name])) throw fault(name, '64 digits of base 16');
  }
  for (const name of ['releaseDate', 'updatesDate', 'securityDate', 'lastModified']) {
    if (!Number.isSafeInteger(attrs[name])) throw fault(name, 'a number of seconds');
  }
  const { suite, release, updates, security, releaseDate, updatesDate, securityDate, lastModified } = attrs as unknown as DebianLock;
  const lock: DebianLock = { type: 'debian', suite, release, updates, security, releaseDate, updatesDate, securityDate, lastModified };
  if (attrs.schema !== undefined) lock.schema = LOCK_SCHEMA;
  for (const name of pinned) lock[name] = attrs[name] as string;
  return lock;
}

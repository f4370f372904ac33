/** The state of the archive in a lock file: flat attributes, as in flake.lock. They pin every byte of every package. */
import { BootflakeError } from '../base/errors.ts';
import { shortened } from '../base/shortened.ts';
import type { SuitePart } from './suites.ts';

export interface DebianLock {
  type: 'debian';
  suite: string;
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

export function lockedIndex(lock: DebianLock, part: SuitePart): { sha256: string; date: number } {
  return { sha256: lock[part], date: lock[`${part}Date`] };
}

const PARTS = ['release', 'updates', 'security'] as const satisfies readonly SuitePart[];

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
  }
  return { ...newest, lastModified: Math.max(newest.releaseDate, newest.updatesDate, newest.securityDate) };
}

/** Reads a lock from the attributes of a file; other attributes are ignored. Throws `debian/bad-lock`. */
export function parseDebianLock(attrs: Record<string, unknown>): DebianLock {
  const fault = (name: string, wanted: string) =>
    new BootflakeError({
      code: 'debian/bad-lock',
      message:
        `a lock of type 'debian' has '${name}' = ${shortened(JSON.stringify(attrs[name]) ?? 'undefined', 80)}, ` + `it should be ${wanted}`,
      hint: 'Run: bootflake flake update nixpkgs',
    });
  if (attrs.type !== 'debian') throw fault('type', `"debian"`);
  if (typeof attrs.suite !== 'string' || !/^[a-z][a-z0-9.-]{0,63}$/.test(attrs.suite)) throw fault('suite', 'the name of a suite');
  for (const name of ['release', 'updates', 'security']) {
    if (typeof attrs[name] !== 'string' || !/^[0-9a-f]{64}$/.test(attrs[name])) throw fault(name, '64 digits of base 16');
  }
  for (const name of ['releaseDate', 'updatesDate', 'securityDate', 'lastModified']) {
    if (!Number.isSafeInteger(attrs[name])) throw fault(name, 'a number of seconds');
  }
  const { suite, release, updates, security, releaseDate, updatesDate, securityDate, lastModified } = attrs as unknown as DebianLock;
  return { type: 'debian', suite, release, updates, security, releaseDate, updatesDate, securityDate, lastModified };
}

import { BootflakeError } from '../base/errors.ts';

/** The three parts that make one suite: the release itself, its future point updates, security. */
export type SuitePart = 'release' | 'updates' | 'security';

export interface SuiteSource {
  part: SuitePart;
  /** The archive: the last folder of a mirror's address. */
  archive: 'debian' | 'debian-security';
  /** The folder under `dists/`; also the required Codename of its Release. */
  dist: string;
}

/** Suites with known signing keys and all three parts. */
const SUITES = ['bookworm', 'trixie', 'forky'];
const MOVING = new Map([
  ['testing', 'forky'],
  ['stable', 'trixie'],
  ['oldstable', 'bookworm'],
]);

/** Throws `debian/unknown-suite`. */
export function suiteSources(suite: string): SuiteSource[] {
  if (!SUITES.includes(suite)) {
    const now = MOVING.get(suite);
    throw new BootflakeError({
      code: 'debian/unknown-suite',
      message: now ? `'${suite}' names another suite with every release of Debian` : `there is no suite '${suite}'`,
      hint: now ? `Use debian/${now}.` : `Choose one of: ${[...SUITES].reverse().join(', ')}`,
    });
  }
  return [
    { part: 'release', archive: 'debian', dist: suite },
    { part: 'updates', archive: 'debian', dist: `${suite}-updates` },
    { part: 'security', archive: 'debian-security', dist: `${suite}-security` },
  ];
}

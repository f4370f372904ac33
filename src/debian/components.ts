/** The components of Debian's archive, and the names under which a lock pins the package indexes of each. */
import type { SuitePart } from './suites.ts';

/** A suite's own component; the others are fetched only when a package of them is wanted. */
export const MAIN = 'main';
export const OTHER_COMPONENTS = ['contrib', 'non-free', 'non-free-firmware'] as const;
export const PARTS = ['release', 'updates', 'security'] as const satisfies readonly SuitePart[];

/** The architectures that a lock can pin; `ARCHITECTURE` is what is pinned and read today. */
const ARCHITECTURES = ['amd64', 'arm64'] as const;
export const ARCHITECTURE = 'amd64';

export type Component = typeof MAIN | (typeof OTHER_COMPONENTS)[number];
export type Architecture = (typeof ARCHITECTURES)[number];

/** An attribute of a lock with the SHA-256 of an index: `release/contrib/amd64`. */
export type IndexPin = `${SuitePart}/${Component}/${Architecture}`;

/** That of main for amd64 is `release`, `updates` or `security`: locks of the first schema have no others. */
export function indexPin(part: SuitePart, component: Component, architecture: Architecture = ARCHITECTURE): SuitePart | IndexPin {
  return component === MAIN && architecture === 'amd64' ? part : `${part}/${component}/${architecture}`;
}

/** All that a lock of the second schema may have besides `release`, `updates` and `security`. */
export const indexPins: readonly IndexPin[] = PARTS.flatMap((part) =>
  ARCHITECTURES.flatMap((architecture) =>
    ([MAIN, ...OTHER_COMPONENTS] as const).map((component) => indexPin(part, component, architecture)).filter((pin) => pin !== part),
  ),
) as IndexPin[];

import { BootflakeError } from '../base/errors.ts';
import type { ValidPathInfo } from './store.ts';

/** Everything reachable from `paths` by references, themselves included, sorted. A path without info is `store/invalid-path`. */
export function referenceClosure(paths: Iterable<string>, infoOf: (path: string) => ValidPathInfo | undefined): string[] {
  const seen = new Set<string>(paths);
  // A Set hands out what is added to it while it is walked.
  for (const path of seen) {
    const info = infoOf(path);
    if (info === undefined) throw invalidPath(path);
    for (const reference of info.references) seen.add(reference);
  }
  return [...seen].sort();
}

export function invalidPath(path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/invalid-path',
    message: `path '${path}' is not in the store`,
    hint: 'Build again what needs it; the store fetches or builds whatever is missing.',
  });
}

import { BootflakeError } from '../base/errors.ts';
import type { ValidPathInfo } from './store.ts';

/** Everything reachable from `paths` by references, themselves included, sorted. A path without info is `store/invalid-path`. */
export function referenceClosure(paths: Iterable<string>, infoOf: (path: string) => ValidPathInfo | undefined): string[] {
  const seen = new Set<string>(paths);
  // Iterating over a Set includes elements added meanwhile.
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
    hint: 'Build what needs it again; missing paths are fetched or built.',
  });
}

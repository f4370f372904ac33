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

/**
 * Sorts paths after those of them that they refer to. The order within a cycle, which no valid paths form, is arbitrary; `onCycle` is
 * called with the two paths at its end, and may throw.
 */
export function referencesFirst(
  paths: Iterable<string>,
  referencesOf: (path: string) => readonly string[],
  onCycle?: (path: string, reference: string) => void,
): string[] {
  const all = new Set(paths);
  const ordered = new Set<string>();
  const entered = new Set<string>();
  for (const start of all) {
    const stack = [{ path: start, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.next === 0 && entered.has(top.path)) {
        stack.pop();
        continue;
      }
      entered.add(top.path);
      const reference = referencesOf(top.path)[top.next++];
      if (reference === undefined) {
        ordered.add(top.path);
        stack.pop();
      } else if (all.has(reference)) {
        if (!entered.has(reference)) stack.push({ path: reference, next: 0 });
        else if (reference !== top.path && !ordered.has(reference)) onCycle?.(top.path, reference);
      }
    }
  }
  return [...ordered];
}

export function invalidPath(path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/invalid-path',
    message: `path '${path}' is not in the store`,
    hint: 'Build what needs it again; missing paths are fetched or built.',
  });
}

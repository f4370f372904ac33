/**
 * Decides which members of a package are left out. Patterns are paths without a leading slash; `*` matches anything within one name. A
 * pattern also matches everything below it. `!PATTERN` keeps what an earlier one matched.
 */
export type PathFilter = (path: string) => boolean;

/** Returns whether a path is left out. */
export function pathFilter(patterns: string[]): PathFilter {
  const rules = patterns.map((pattern) => {
    const keep = pattern.startsWith('!');
    const bare = (keep ? pattern.slice(1) : pattern).replace(/^\.?\/+|\/+$/g, '');
    return { keep, bare, matches: bare.includes('*') ? globMatcher(bare) : (path: string) => path === bare || path.startsWith(`${bare}/`) };
  });
  return (path) => {
    let out = false;
    for (const rule of rules) if (out === rule.keep && rule.matches(path)) out = !rule.keep;
    return out;
  };
}

function globMatcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]*');
  const expression = new RegExp(`^${source}(?:/|$)`);
  const start = pattern.slice(0, pattern.indexOf('*'));
  return (path) => path.startsWith(start) && expression.test(path);
}

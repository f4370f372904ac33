/** Paths as text. */

/** An absolute path without `.`, `..`, doubled and trailing slashes. Purely textual. */
export function normalizePath(path: string): string {
  if (!/\/\.|\/\/|.\/$/s.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A relative path as `\x01STEPS\x01REST`: how many folders up from where it starts, and what follows there. */
export function relativePath(path: string): string {
  let steps = 0;
  const rest: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') rest.push(part);
    else if (rest.pop() === undefined) steps++;
  }
  return `\x01${steps}\x01${rest.map((part) => `/${part}`).join('')}`;
}

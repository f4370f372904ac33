/**
 * Where the library that we parse TOML with reads another TOML than Nix. What TOML 1.1 allows and Nix's TOML 1.0 does not; the library that
 * we parse with knows only 1.1. https://github.com/toml-lang/toml/blob/1.1.0/CHANGELOG.md
 */

/** A string, a comment or a bracket; the text is known to be TOML 1.1, so nothing else needs to be told apart. */
const part = /"{3}(?:\\[^]|(?!"{3})[^\\])*"{3,5}|'{3}(?:(?!'{3})[^])*'{3,5}|"(?:\\.|[^"\\])*"|'[^']*'|#.*|[[\]{}\n,]|[^\s"'#[\]{},]+/g;

/** What of a text is new in TOML 1.1; undefined when nothing is. */
export function newerThanToml10(text: string): string | undefined {
  const open: string[] = [];
  let before = '';
  for (const [found] of text.matchAll(part)) {
    const inner = open.at(-1);
    if (found[0] === '"' && /(?<!\\)(?:\\\\)*\\[ex]/.test(found)) return 'the escapes \\e and \\x are of TOML 1.1';
    if (inner === '{' && (found === '\n' || found[0] === '#')) return 'an inline table ends in the line that it begins in';
    if (inner === '{' && found === '}' && before === ',') return 'an inline table has no comma at its end';
    if (/^(?:\d{4}-\d\d-\d\d[Tt])?\d\d:\d\d(?!:|\d)/.test(found)) return 'a time has seconds';
    if (found === '[' || found === '{') open.push(found);
    else if (found === ']' || found === '}') open.pop();
    before = found;
  }
  return undefined;
}

/** A line continuation with the quotes after it, or another escape. */
const escape = /\\(?:[ \t]*\r?\n\s*("+)|[^])/g;

/**
 * The library loses quotes that follow a line continuation (`\`, a newline and spaces): the continuation goes, and the quotes are escaped.
 */
export function withoutContinuationsBeforeQuotes(text: string): string {
  return text.replace(part, (found) => {
    if (!found.startsWith('"""')) return found;
    const escaped = (all: string, quotes?: string): string => (quotes === undefined ? all : '\\"'.repeat(quotes.length));
    return `${found.slice(0, -3).replace(escape, escaped)}"""`;
  });
}

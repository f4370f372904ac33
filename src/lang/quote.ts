/** Strings and names as they are written in the language. */
const stringEscapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A string as a Nix literal. */
export function quoteString(s: string): string {
  return `"${s.replace(/["\\\n\r\t]|\$(?=\{)/g, (c) => (c === '$' ? '\\$' : stringEscapes[c]!))}"`;
}

const keywords = new Set(['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit']);

/** Whether a name can be written without quotes. */
export function isIdentifier(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_'-]*$/.test(name) && !keywords.has(name);
}

/** An attribute's name as it is written in a set. */
export function quoteName(name: string): string {
  return isIdentifier(name) ? name : quoteString(name);
}

/** `a.b."c d"` */
export function showAttrPath(path: readonly string[]): string {
  return path.map(quoteName).join('.');
}

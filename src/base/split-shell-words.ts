/** Splits as a shell would, with quotes and backslashes, without expansions. Returns undefined where a quote has no end. */
export function splitShellWords(text: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"\\]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+)\s*/y;
  for (pattern.lastIndex = 0; pattern.lastIndex < text.length; ) {
    const found = pattern.exec(text);
    if (!found) return text.trim() === '' ? words : undefined;
    words.push(
      found[1]!.replace(/\\([^])|'([^']*)'|"((?:[^"\\]|\\[^])*)"/g, (_, escaped?: string, single?: string, double?: string) =>
        escaped !== undefined ? escaped : (single ?? double!.replace(/\\(["\\$`])/g, '$1')),
      ),
    );
  }
  return words;
}

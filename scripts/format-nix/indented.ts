/** The lines of an indented string, without the indentation that Nix strips. */
import type { Part } from './tree.ts';

export type Line = Part[];

/** The lines, of which the first and last may be empty; null for a string that is best left unchanged. */
export function linesOf(parts: readonly Part[]): Line[] | null {
  const lines: Line[] = [[]];
  for (const part of parts) {
    if (typeof part !== 'string') {
      lines.at(-1)!.push(part);
      continue;
    }
    if (part.includes('\r') || part.includes("''\\\n")) return null;
    part.split('\n').forEach((text, i) => {
      if (i > 0) lines.push([]);
      if (text !== '') lines.at(-1)!.push(text);
    });
  }
  // Blanks after the opening quotes are not part of the string, nor are those before closing quotes on a line of their own.
  const first = lines[0]!;
  const hasLead = lines.length > 1 && first.every(isBlank);
  const body = hasLead ? lines.slice(1) : lines;
  const least = Math.min(...body.filter((line) => !line.every(isBlank)).map(indentation));
  const last = body.length - 1;
  return body.map((line, i) => {
    if (line.length === 0) return line;
    if (line.every(isBlank) && i === last && lines.length > 1) return [];
    const [start, ...rest] = line;
    if (typeof start !== 'string') return line;
    const text = start.slice(Math.min(least, indentation(line)));
    return text === '' ? rest : [text, ...rest];
  });
}

function isBlank(part: Part): boolean {
  return typeof part === 'string' && /^ *$/.test(part);
}

function indentation(line: Line): number {
  let n = 0;
  for (const part of line) {
    if (typeof part !== 'string') return n;
    const blanks = /^ */.exec(part)![0].length;
    n += blanks;
    if (blanks < part.length) return n;
  }
  return n;
}

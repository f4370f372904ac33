/** Text in columns: lines are broken between words, never within one. */

/** The text's lines of at most `width` columns; a word that is longer has a line of its own. Line breaks of the text are spaces. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

export interface ColumnsOptions {
  /** Of the whole. */
  width: number;
  /** Before each line. */
  indent: number;
  /** Before each line of the second column. */
  mark?: string;
  /** The first column is no wider; what is longer has the second column below it. */
  mostFirst: number;
}

/** Rows of two columns, the second one wrapped. */
export function columns(
  rows: readonly (readonly [first: string, second: string])[],
  { width, indent, mark = '', mostFirst }: ColumnsOptions,
): string[] {
  const first = Math.max(0, ...rows.map(([text]) => text.length).filter((length) => length <= mostFirst));
  const space = ' '.repeat(indent);
  const gap = ' '.repeat(indent + first + 2);
  return rows.flatMap(([text, explanation]) => {
    const lines = wrapped(explanation, Math.max(20, width - gap.length - mark.length)).map((line) => mark + line);
    const [head = '', ...rest] = lines;
    return text.length <= first
      ? [`${space}${text.padEnd(first + 2)}${head}`.trimEnd(), ...rest.map((line) => gap + line)]
      : [space + text, ...lines.map((line) => gap + line)];
  });
}

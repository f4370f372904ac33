/** Formats text in columns: lines are broken only between words. */

/** Wraps text to lines of at most `width` columns; a longer word has its own line. Line breaks in the text count as spaces. */
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
  /** The maximum width of the first column; a longer entry has the second column below it. */
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

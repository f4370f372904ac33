/** Renders Markdown for a terminal: paragraphs filled to its width, code indented behind a bar, emphasis by colours if available. */
const codeMark = '  │ ';

/** `width` in columns. Without `colour` the emphasis markers are omitted. */
export function renderMarkdown(text: string, options: { width: number; colour: boolean }): string {
  const out: string[] = [];
  let paragraph: string[] = [];
  let hanging = '';
  let fence: string | undefined;
  const flush = (): void => {
    if (paragraph.length > 0) out.push(...fill(paragraph.join(' '), hanging, options));
    paragraph = [];
    hanging = '';
  };
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (fence !== undefined) {
      if (trimmed === fence) fence = undefined;
      else out.push(`${codeMark}${line}`);
      continue;
    }
    const opening = /^(```+|~~~+)/.exec(trimmed);
    const item = /^([-*+]|\d+\.)\s+(.*)$/.exec(trimmed);
    if (opening || trimmed === '' || (/^(?: {4}|\t)/.test(line) && paragraph.length === 0 && !item)) {
      flush();
      if (opening) fence = opening[1];
      else out.push(trimmed === '' ? '' : `${codeMark}${line.replace(/^(?: {4}|\t)/, '')}`);
    } else if (/^#+\s/.test(trimmed)) {
      flush();
      out.push(emphasised(trimmed.replace(/^#+\s+/, ''), '1', options.colour), '');
    } else if (item) {
      flush();
      hanging = '  ';
      paragraph.push(`${/\d/.test(item[1]!) ? item[1] : '·'} ${item[2]}`);
    } else {
      // A backslash at the end of a line breaks it.
      paragraph.push(trimmed.replace(/\\$/, ''));
      if (trimmed.endsWith('\\')) flush();
    }
  }
  flush();
  return out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\s+$/g, '');
}

function fill(text: string, hanging: string, options: { width: number; colour: boolean }): string[] {
  const lines: string[] = [];
  let line = '';
  let length = 0;
  for (const word of inline(text, options.colour).split(/ +/)) {
    const size = word.replace(/\x1b\[[0-9;]*m/g, '').length;
    if (length > 0 && length + 1 + size > options.width) {
      lines.push(line);
      line = hanging + word;
      length = hanging.length + size;
    } else {
      line += length > 0 ? ` ${word}` : word;
      length += (length > 0 ? 1 : 0) + size;
    }
  }
  return [...lines, line];
}

function inline(text: string, colour: boolean): string {
  return text.replace(
    /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\([^)]*\)/g,
    (_, code?: string, strong?: string, weak?: string, link?: string) => {
      if (code !== undefined) return emphasised(code, '36', colour);
      if (strong !== undefined) return emphasised(inline(strong, colour), '1', colour);
      return weak !== undefined ? emphasised(weak, '3', colour) : link!;
    },
  );
}

function emphasised(text: string, code: string, colour: boolean): string {
  return colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}

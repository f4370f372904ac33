import { flakeError } from '../base/flake-error.ts';

/** Splits `a."b.c".d` at its dots; quotes keep dots and spaces in a name. */
export function parseAttrPath(text: string): string[] {
  const path: string[] = [];
  let name = '';
  let open = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] as string;
    if (char === '.') {
      path.push(name);
      name = '';
      open = true;
    } else if (char === '"') {
      const end = text.indexOf('"', i + 1);
      if (end < 0) throw flakeError('bad-attribute-path', `missing closing quote in selection path '${text}'`);
      name += text.slice(i + 1, end);
      i = end;
      open = true;
    } else {
      name += char;
      open = true;
    }
  }
  if (open) path.push(name);
  return path;
}

/** The inverse of parseAttrPath: names that contain a dot or are empty get quotes. */
export function printAttrPath(path: readonly string[]): string {
  return path.map((name) => (name === '' || /[."\s#^]/.test(name) ? `"${name}"` : name)).join('.');
}

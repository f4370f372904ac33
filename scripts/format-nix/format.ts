/** Formats Nix code the way nixfmt does. */
import { programOf, sameComments, sameProgram } from './check.ts';
import { print } from './doc.ts';
import { fileDoc } from './layout.ts';
import { read } from './read.ts';

/** The line width, as in nixfmt. */
const COLUMNS = 100;

/** Takes UTF-8 bytes, as the parser reads them. Throws when the text is not valid Nix, or when the result would be a different program. */
export function format(text: string): string {
  const program = programOf(text);
  const { file, comments } = read(text);
  const formatted = print(fileDoc(file), COLUMNS);
  if (formatted === text) return text;
  if (!sameProgram(program, programOf(formatted))) throw new Error('formatting would change the program: an error of the formatter');
  if (!sameComments(comments, read(formatted).comments)) throw new Error('formatting would lose a comment: an error of the formatter');
  return formatted;
}

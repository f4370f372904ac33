/** A text of Nix in the layout of nixfmt. */
import { programOf, sameComments, sameProgram } from './check.ts';
import { print } from './doc.ts';
import { fileDoc } from './layout.ts';
import { read } from './read.ts';

/** Lines are broken to stay within, as nixfmt does it. */
const COLUMNS = 100;

/** Of bytes in UTF-8, as the parser reads them. Throws when the text is no Nix, or when what came out would be another program. */
export function format(text: string): string {
  const program = programOf(text);
  const { file, comments } = read(text);
  const formatted = print(fileDoc(file), COLUMNS);
  if (formatted === text) return text;
  if (!sameProgram(program, programOf(formatted))) throw new Error('formatting would change the program: an error of the formatter');
  if (!sameComments(comments, read(formatted).comments)) throw new Error('formatting would lose a comment: an error of the formatter');
  return formatted;
}

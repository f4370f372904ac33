/**
 * Text of others (flakes, servers, guests, names of files) as a terminal may be given it. A terminal obeys what is among the text: an OSC 52
 * writes the clipboard, cursor movements overwrite what stands above, overrides of direction show a line in another order than it has.
 * Colours alone are harmless: the sequences that ECMA-48 calls SGR.
 */

/** An SGR sequence as programs write it: `ESC [ 1 ; 31 m`. */
const sgr = '\\x1b\\[[0-9;:]{0,40}m';
/** C0 but tab and line feed, DEL, C1 (ECMA-48, 5.2 and 5.3); Unicode's embeddings, overrides and isolates of direction (UAX 9, 3.3). */
const control = '[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]';
const controls = new RegExp(`(?!\\r\\n)${control}`, 'g');
const coloursAndControls = new RegExp(`(${sgr})|\\n|(?!\\r\\n)${control}`, 'g');
const controlsAndBreaks = new RegExp(`\\n|${control}`, 'g');
const anyControl = new RegExp(control);

/** Whether a terminal would obey something in this text. */
export function hasControls(text: string): boolean {
  return anyControl.test(text);
}

/**
 * Every control character as `cat -v` writes those of ASCII (`^[` is ESC) and `less` the others (`<U+009B>`). Tabs and line feeds stay, and so
 * does a carriage return before a line feed.
 */
export function visible(text: string): string {
  return anyControl.test(text) ? text.replace(controls, visibleCharacter) : text;
}

/** `visible` in one line: line breaks are seen too. */
export function visibleLine(text: string): string {
  return text.replace(controlsAndBreaks, visibleCharacter);
}

/** `visible`, but with the text's colours: kept, and ended where a line ends, or left out. */
export function visibleWithColours(text: string, keep: boolean): string {
  if (!anyControl.test(text)) return text;
  let coloured = false;
  const shown = text.replace(coloursAndControls, (found: string, colour: string | undefined) => {
    if (colour !== undefined) {
      coloured = keep && !/^\x1b\[[0;:]*m$/.test(colour);
      return keep ? colour : '';
    }
    if (found !== '\n') return visibleCharacter(found);
    const ended = coloured ? '\x1b[0m\n' : '\n';
    coloured = false;
    return ended;
  });
  return coloured ? `${shown}\x1b[0m` : shown;
}

/** A text of JSON with every control character as `\\uXXXX`; JSON itself asks that of C0 alone. */
export function escapedControls(json: string): string {
  return json.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Where a text that comes in pieces may be cut: behind it stands the beginning of a colour, or of a line's end. */
export function completeLength(text: string): number {
  const begun = /(?:\x1b(?:\[[0-9;:]{0,40})?|\r)$/.exec(text);
  return begun ? begun.index : text.length;
}

function visibleCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  return code === 0x7f ? '^?' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

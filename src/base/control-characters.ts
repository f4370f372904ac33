/**
 * Text of others (flakes, servers, guests, names of files) as a terminal may be given it. A terminal obeys what is among the text: an OSC 52
 * writes the clipboard, cursor movements overwrite what stands above, overrides of direction show a line in another order than it has.
 * Colours, weight, underlines and inverse alone are harmless: the sequences that ECMA-48 calls SGR, without the one that conceals.
 */

/** An SGR sequence as programs write it: `ESC [ 1 ; 31 m`. */
const sgr = '\\x1b\\[[0-9;:]{0,40}m';
/**
 * C0 but tab and line feed, DEL, C1 (ECMA-48, 5.2 and 5.3); Unicode's embeddings, overrides, isolates and marks of direction (UAX 9, 2.1 to 2.6),
 * the space of no width, and its separators of lines and paragraphs. The joiners U+200C and U+200D are letters' and emoji's own.
 */
const control = '[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]';
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
      const kept = keep ? withoutConceal(colour) : '';
      if (kept !== '' || !keep) coloured = keep && !/^\x1b\[[0;:]*m$/.test(kept);
      return kept;
    }
    if (found !== '\n') return visibleCharacter(found);
    const ended = coloured ? '\x1b[0m\n' : '\n';
    coloured = false;
    return ended;
  });
  return coloured ? `${shown}\x1b[0m` : shown;
}

/**
 * The sequence without its parameters 8, which hide what follows. Behind 38, 48 and 58 stand the numbers of a colour: `5;N` or `2;R;G;B`;
 * parts behind colons belong to the parameter before them.
 */
function withoutConceal(sequence: string): string {
  const parameters = sequence.slice(2, -1).split(';');
  const kept: string[] = [];
  for (let at = 0; at < parameters.length; at += 1) {
    const parameter = parameters[at]!;
    if (Number(parameter.split(':')[0]) === 8) continue;
    kept.push(parameter);
    if (!['38', '48', '58'].includes(String(Number(parameter)))) continue;
    const length = { 5: 2, 2: 4 }[Number(parameters[at + 1])] ?? 0;
    kept.push(...parameters.slice(at + 1, at + 1 + length));
    at += length;
  }
  return kept.length === parameters.length ? sequence : kept.length === 0 ? '' : `\x1b[${kept.join(';')}m`;
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

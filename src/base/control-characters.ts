/**
 * Makes foreign text (of flakes, servers, guests, file names) safe for a terminal, which obeys control sequences in text: an OSC 52 writes
 * the clipboard, cursor movements overwrite earlier lines, direction overrides reorder a line. Only colours, weight, underlines and inverse
 * are harmless: the SGR sequences of ECMA-48, except the one that conceals.
 */
import { DELETE, SPACE } from './ascii.ts';

/** An SGR sequence as programs write it: `ESC [ 1 ; 31 m`. */
const sgr = '\\x1b\\[[0-9;:]{0,40}m';
/**
 * C0 except tab and line feed, DEL, C1 (ECMA-48, 5.2 and 5.3); Unicode's directional embeddings, overrides, isolates and marks (UAX 9, 2.1
 * to 2.6), the zero width space, and the line and paragraph separators. The joiners U+200C and U+200D are parts of words and emoji.
 */
const control = '[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]';
const controls = new RegExp(`(?!\\r\\n)${control}`, 'g');
const coloursAndControls = new RegExp(`(${sgr})|\\n|(?!\\r\\n)${control}`, 'g');
const controlsAndBreaks = new RegExp(`\\n|${control}`, 'g');
const anyControl = new RegExp(control);

/** Returns whether the text contains anything that a terminal would obey. */
export function hasControls(text: string): boolean {
  return anyControl.test(text);
}

/**
 * Shows control characters as `cat -v` does for ASCII (`^[` is ESC) and `less` for others (`<U+009B>`). Tabs, line feeds and a carriage
 * return before a line feed stay.
 */
export function visible(text: string): string {
  return anyControl.test(text) ? text.replace(controls, visibleCharacter) : text;
}

/** `visible` on one line: also shows line breaks. */
export function visibleLine(text: string): string {
  return text.replace(controlsAndBreaks, visibleCharacter);
}

/** `visible`, but with colours either kept, and reset at the end of a line, or removed. */
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

/** A JSON text with every control character as `\\uXXXX`; JSON itself requires that only for C0. */
export function escapedControls(json: string): string {
  return json.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Returns how much of a text that arrives in pieces is complete: a colour sequence or a line end may have begun after it. */
export function completeLength(text: string): number {
  const begun = /(?:\x1b(?:\[[0-9;:]{0,40})?|\r)$/.exec(text);
  return begun ? begun.index : text.length;
}

/** From a control character to the letter of its caret notation. */
const CARET_DISTANCE = 0x40;

function visibleCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < SPACE) return `^${String.fromCharCode(code + CARET_DISTANCE)}`;
  return code === DELETE ? '^?' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

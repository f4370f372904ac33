/**
 * The commands in a maintainer script, as words. The script is read, never run: assignments of literal values and loops over literal words
 * are followed, both branches of every condition count, and a command with a word that is not known is left out.
 */

/** A word whose value is not known. */
const UNKNOWN = '\0';

/** Each may have several values, in a loop. */
type Variables = Map<string, string[]>;

export function commandsOf(script: string): string[][] {
  const functions = new Map<string, string>();
  const main = script.replace(/^(?:function )?([A-Za-z_]\w*)\s*\(\)\s*\n?\{\n([\s\S]*?)^\}/gm, (_, name: string, body: string) => {
    functions.set(name, body);
    return '';
  });
  return [...commands(main, new Map([['DPKG_ROOT', ['']]]), functions, 0)];
}

/** `depth` counts the functions that call each other. */
function commands(script: string, variables: Variables, functions: Map<string, string>, depth: number): string[][] {
  const found: string[][] = [];
  for (const words of simpleCommands(script)) {
    while (words.length > 0 && /^(?:if|elif|then|else|do|while|until|!|\{|\(|time|eval)$/.test(words[0]!)) words.shift();
    const loop = words[0] === 'for' && words[2] === 'in' ? words[1] : undefined;
    if (loop !== undefined) {
      variables.set(
        loop,
        words.slice(3).flatMap((word) => expand(word, variables)),
      );
      continue;
    }
    while (words.length > 0) {
      if (words[0] === 'export' || words[0] === 'local' || words[0] === 'readonly') words.shift();
      const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(words[0] ?? '');
      if (!assignment) break;
      variables.set(assignment[1]!, expand(assignment[2]!, variables));
      words.shift();
    }
    if (words[0] === ':') words.slice(1).forEach((word) => noteDefault(word, variables));
    // A word that is a loop's variable makes a command for each value.
    let all: string[][] = [[]];
    for (const word of words) {
      const values = expand(word, variables);
      all = values.length > 16 || all.length > 64 ? [] : all.flatMap((command) => values.map((value) => [...command, value]));
    }
    for (const command of all) {
      const body = functions.get(command[0] ?? '');
      if (body !== undefined && depth < 3) {
        command.slice(1, 10).forEach((word, i) => variables.set(String(i + 1), [word]));
        found.push(...commands(body, variables, functions, depth + 1));
        continue;
      }
      const given = command.filter((word) => word !== '');
      if (given.length > 0 && !given.includes(UNKNOWN)) found.push(given);
    }
  }
  return found;
}

/** `: ${NAME:=value}` and the like set what is not set. */
function noteDefault(word: string, variables: Variables): void {
  const match = /^\$\{(\w+):?=([^}]*)\}$/.exec(word);
  if (match && !variables.has(match[1]!)) variables.set(match[1]!, expand(match[2]!, variables));
}

/** The values of a word. */
function expand(word: string, variables: Variables): string[] {
  let values = [''];
  const parts = word.split(/(\$\{\w+(?::?[-+=?][^}]*)?\}|\$\w+|\$.|`)/);
  for (const [i, part] of parts.entries()) {
    const known = i % 2 === 0 ? [part] : valuesOf(part, variables);
    if (known === undefined) return [UNKNOWN];
    values = values.flatMap((value) => known.map((next) => value + next));
    if (values.length > 64) return [UNKNOWN];
  }
  return values.map((value) => (value.includes(UNKNOWN) ? UNKNOWN : value));
}

function valuesOf(part: string, variables: Variables): string[] | undefined {
  const match = /^\$(?:(\w+)|\{(\w+)(?::?([-+=?])([^}]*))?\})$/.exec(part);
  if (!match) return undefined;
  const name = match[1] ?? match[2]!;
  const known = variables.get(name);
  if (match[3] === '+') return name === 'DPKG_ROOT' ? [''] : undefined;
  if (known !== undefined) return known;
  return match[3] === '-' || match[3] === '=' ? [match[4]!.replace(/^["']|["']$/g, '')] : undefined;
}

/** Words of each simple command, quotes removed; what stands in single quotes is protected from expansion only as far as names go. */
function* simpleCommands(script: string): Generator<string[]> {
  let words: string[] = [];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const text = script.replaceAll('\\\n', ' ');
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '#' && word === undefined) {
      while (i + 1 < text.length && text[i + 1] !== '\n') i++;
    } else if (c === "'" || c === '"') {
      const end = closing(text, i + 1, c);
      const inside = text.slice(i + 1, end);
      word = (word ?? '') + (c === "'" && inside.includes('$') ? UNKNOWN : inside);
      i = end;
    } else if (c === '$' && text[i + 1] === '(') {
      let depth = 0;
      do {
        if (text[i] === '(') depth++;
        if (text[i] === ')') depth--;
        i++;
      } while (depth > 0 && i < text.length);
      i--;
      word = UNKNOWN;
    } else if (c === '$' && text[i + 1] === '{') {
      const end = text.indexOf('}', i);
      if (end < 0) return;
      word = (word ?? '') + text.slice(i, end + 1).replaceAll('"', '');
      i = end;
    } else if (c === '`') {
      const end = text.indexOf('`', i + 1);
      i = end < 0 ? text.length : end;
      word = UNKNOWN;
    } else if (/[>]/.test(c)) {
      // A redirection: `2>&1`, `> /dev/null`.
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      const rest = /^>*&?\s*[^\s;&|)]*/.exec(text.slice(i))!;
      i += rest[0].length - 1;
    } else if (c === '\\') {
      word = (word ?? '') + (text[++i] ?? '');
    } else if (/[\n;&|()]/.test(c)) {
      endWord();
      if (words.length > 0) yield words;
      words = [];
    } else if (/\s/.test(c)) endWord();
    else word = (word ?? '') + c;
  }
  endWord();
  if (words.length > 0) yield words;
}

function closing(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return text.length;
}

/** Completes typed text: commands, variables, attributes, files. */
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { BootflakeError } from '../base/errors.ts';
import { Attrs, decodeBytes, force, isIdentifier, quoteString } from '../evaluator/index.ts';
import type { ReplCompletion } from '../session/session-types.ts';
import { commandNames } from './commands.ts';
import type { ReplScope } from './scope.ts';

/** Completes the end of a line. A failing evaluation offers no attributes and reports no error. */
export function complete(session: ReplScope, text: string): ReplCompletion {
  if (/^\s*:\S*$/.test(text)) return matching(text.trimStart(), commandNames());
  const word = /[^\s(){}[\];,=!]*$/.exec(text)![0];
  if (word.includes('/')) return { replaced: word, completions: files(session, word) };
  return attributes(session, word) ?? matching(word, variables(session));
}

function matching(replaced: string, names: Iterable<string>): ReplCompletion {
  return { replaced, completions: [...new Set(names)].filter((name) => name.startsWith(replaced)).sort() };
}

function variables(session: ReplScope): string[] {
  return [...session.scope.names(), ...session.engine.evaluator.globals.keys()].map(decodeBytes);
}

/** Returns undefined when the word has no dot after an expression. */
function attributes(session: ReplScope, word: string): ReplCompletion | undefined {
  // A dot may stand within quotes: the last one with an expression before it counts.
  for (let dot = word.lastIndexOf('.'); dot > 0; dot = word.lastIndexOf('.', dot - 1)) {
    const base = word.slice(0, dot);
    const typed = word.slice(dot + 1);
    try {
      const value = session.parse(base);
      const set = force(value);
      if (!(set instanceof Attrs)) return { replaced: word, completions: [] };
      return {
        replaced: word,
        completions: set
          .names()
          .flatMap((name) => attribute(name, typed))
          .map((written) => `${base}.${written}`)
          .sort(),
      };
    } catch (error) {
      if (!(error instanceof BootflakeError)) return { replaced: word, completions: [] };
      if (error.code !== 'eval/syntax') return { replaced: word, completions: [] };
    }
  }
  return undefined;
}

/** Returns the name as it is written, if the typed text is a prefix of it. */
function attribute(name: string, typed: string): string[] {
  const quoted = typed.startsWith('"') || !isIdentifier(name);
  const written = decodeBytes(quoted ? quoteString(name) : name);
  return written.startsWith(typed) || decodeBytes(name).startsWith(typed) ? [written] : [];
}

function files(session: ReplScope, word: string): string[] {
  const slash = word.lastIndexOf('/') + 1;
  const [folder, begun] = [word.slice(0, slash), word.slice(slash)];
  try {
    return readdirSync(session.absolute(folder.replace(/^~(?=\/)/, homedir())), { withFileTypes: true })
      .filter(({ name }) => name.startsWith(begun) && (begun.startsWith('.') || !name.startsWith('.')))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
  } catch {
    return [];
  }
}

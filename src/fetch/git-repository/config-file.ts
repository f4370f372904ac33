/**
 * Git's configuration files (git-config(1), "Syntax"). Parsed here and not by git if the file belongs to a repository of unknown origin, as
 * many of its keys name programs. Includes are not followed.
 */
import { BootflakeError } from '../../base/errors.ts';

/** Values by `section.key` or `section.subsection.key`, sections and keys in lower case; the last of several counts. */
export type GitConfig = ReadonlyMap<string, string>;

const sectionLine = /^\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\.)*)")?\]/;
const keyLine = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*/;
/** The maximum length of a section or key name in characters. */
const mostOfLine = 4096;

/** `file` is for messages. Throws `git/bad-config`. */
export function parseGitConfig(written: string, file: string): GitConfig {
  const text = written.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const config = new Map<string, string>();
  const fail = (at: number): BootflakeError =>
    new BootflakeError({
      code: 'git/bad-config',
      message: `bad config line ${text.slice(0, at).split('\n').length} in file '${file}'`,
      hint: `Run: git config --file ${file} --list  to check it.`,
    });
  /** With a dot at its end; '' before the first. */
  let section = '';
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    if (text[at] === '#' || text[at] === ';') {
      at = endOfLine(text, at);
      continue;
    }
    const rest = text.slice(at, at + mostOfLine);
    const header = sectionLine.exec(rest);
    if (header) {
      const [whole, name = '', subsection] = header;
      section = `${name.toLowerCase()}.${subsection === undefined ? '' : `${subsection.replace(/\\(.)/g, '$1')}.`}`;
      at += whole.length;
      continue;
    }
    const key = keyLine.exec(rest);
    if (!key) throw fail(at);
    const name = `${section}${(key[1] as string).toLowerCase()}`;
    at += key[0].length;
    // A key alone means true.
    if (text[at] !== '=') {
      if (!/^(?:$|[\n#;])/.test(text.slice(at, at + 1))) throw fail(at);
      config.set(name, 'true');
      continue;
    }
    const value = readValue(text, at + 1);
    if (value === undefined) throw fail(at);
    config.set(name, value.text);
    at = value.end;
  }
  return config;
}

/**
 * Reads a value from after its `=` to the end of its line, which a trailing backslash continues. Returns undefined when it is malformed.
 */
function readValue(text: string, start: number): { text: string; end: number } | undefined {
  const escapes: Record<string, string> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\', '\n': '' };
  let value = '';
  /** The length of the value without trailing white space. */
  let kept = 0;
  let quoted = false;
  for (let at = start; ; at += 1) {
    const char = text[at];
    if (char === undefined || char === '\n') return quoted ? undefined : { text: value.slice(0, kept), end: at };
    if (!quoted && (char === '#' || char === ';')) return { text: value.slice(0, kept), end: endOfLine(text, at) };
    if (char === '"') quoted = !quoted;
    else if (char === '\\') {
      const escaped = escapes[text[(at += 1)] as string];
      if (escaped === undefined) return undefined;
      value += escaped;
      kept = value.length;
    } else if (quoted || !/\s/.test(char)) {
      value += char;
      kept = value.length;
    } else if (value !== '') value += char;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** netrc files, as curl reads them: the user and password for each host. */
import { readFileSync } from 'node:fs';

export interface NetrcEntry {
  /** undefined for `default`, which fits every host. */
  machine?: string;
  login: string;
  password: string;
}

/** Returns the entries of all readable files, the first file's first. */
export function readNetrc(files: readonly string[]): NetrcEntry[] {
  return files.flatMap((file) => {
    try {
      return parseNetrc(readFileSync(file, 'utf8'));
    } catch {
      return [];
    }
  });
}

export function parseNetrc(text: string): NetrcEntry[] {
  const entries: NetrcEntry[] = [];
  // A macro's body ends at the next empty line.
  const words = text.replace(/^macdef[^\n]*\n(?:[^\n]+\n)*/gm, '').match(/#[^\n]*|"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  let entry: NetrcEntry | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const next = () => unquote(words[++i] ?? '');
    switch (words[i]) {
      case 'machine':
        entries.push((entry = { machine: next().toLowerCase(), login: '', password: '' }));
        break;
      case 'default':
        entries.push((entry = { login: '', password: '' }));
        break;
      case 'login':
        if (entry) entry.login = next();
        break;
      case 'password':
        if (entry) entry.password = next();
        break;
      case 'account':
        next();
        break;
      default:
    }
  }
  return entries;
}

/** The Authorization header for a host; undefined when no entry fits. `named`: only one that names the host. */
export function netrcAuthorization(entries: readonly NetrcEntry[], host: string, { named }: { named: boolean }): string | undefined {
  const found = entries.find(({ machine }) => (machine === undefined ? !named : machine === host.toLowerCase()));
  return found && `Basic ${Buffer.from(`${found.login}:${found.password}`).toString('base64')}`;
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}

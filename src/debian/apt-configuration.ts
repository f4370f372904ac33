import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AptFile {
  path: string;
  format: 'list' | 'deb822';
  text: string;
}

/** Reads the files of the host's apt sources, in apt's order; missing and unreadable ones are skipped. */
export function readAptFiles(folder = '/etc/apt'): AptFile[] {
  const files: AptFile[] = [];
  const add = (path: string, format: AptFile['format']) => {
    try {
      files.push({ path, format, text: readFileSync(path, 'utf8') });
    } catch {
      // Missing or unreadable: the next source of mirrors is used.
    }
  };
  add(join(folder, 'sources.list'), 'list');
  for (const name of list(join(folder, 'sources.list.d'))) {
    if (name.endsWith('.list')) add(join(folder, 'sources.list.d', name), 'list');
    else if (name.endsWith('.sources')) add(join(folder, 'sources.list.d', name), 'deb822');
  }
  return files;
}

function list(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

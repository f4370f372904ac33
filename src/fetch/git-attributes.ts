import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { threadNumber } from '../system/thread.ts';
import { bytesOfName } from '../tree/byte-name.ts';
import type { GitRepository } from './git-repository/repository.ts';
import { splitNul } from './git-repository/run.ts';

/** A commit of a repository, or the files of its folder as they are. */
export interface AttributesOf {
  repository: GitRepository;
  revision?: string;
  /** A folder for a temporary file. */
  temporary: string;
}

let passing = 0;

/** Returns those of the paths that `.gitattributes` excludes from archives (`export-ignore`), themselves or by a parent folder. */
export function exportIgnored(paths: readonly string[], source: AttributesOf): Set<string> {
  if (!paths.some((path) => path.endsWith('.gitattributes'))) return new Set();
  const folders = new Set(paths.flatMap((path) => parentsOf(path)));
  const marked = checkAttribute([...folders, ...paths], source);
  return new Set(paths.filter((path) => marked.has(path) || parentsOf(path).some((folder) => marked.has(folder))));
}

function checkAttribute(paths: string[], { repository, revision, temporary }: AttributesOf): Set<string> {
  // git reads a commit's attributes from an index only.
  const index = join(temporary, `index-${process.pid}-${threadNumber()}-${passing++}`);
  try {
    const environment: Record<string, string> = revision === undefined ? {} : { GIT_INDEX_FILE: index };
    if (revision !== undefined) repository.git(['read-tree', '--end-of-options', revision], { environment });
    const arguments_ = ['check-attr', ...(revision === undefined ? [] : ['--cached']), '-z', '--stdin', 'export-ignore'];
    const response = splitNul(repository.git(arguments_, { environment, input: bytesOfName(`${paths.join('\0')}\0`) }));
    const marked = new Set<string>();
    for (let i = 0; i + 2 < response.length; i += 3) if (response[i + 2] === 'set') marked.add(response[i] as string);
    return marked;
  } finally {
    if (existsSync(index)) rmSync(index);
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

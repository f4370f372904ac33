import type { GitRepository } from './git-repository/repository.ts';
import { splitNul } from './git-repository/run.ts';
import { flakeError } from '../base/flake-error.ts';

export interface Submodule {
  path: string;
  url: string;
  branch?: string;
}

/** Returns the entries of a commit's .gitmodules by path; relative addresses are resolved against the repository's own. */
export function submodulesOf(repository: GitRepository, revision: string): Map<string, Submodule> {
  const response = repository.tryGit([
    'config',
    '--blob',
    `${revision}:.gitmodules`,
    '-z',
    '--get-regexp',
    '^submodule\\..*\\.(path|url|branch)$',
  ]);
  const byName = new Map<string, Partial<Submodule>>();
  for (const entry of response ? splitNul(response) : []) {
    const [, name = '', field = '', value = ''] = /^submodule\.([\s\S]*)\.(path|url|branch)\n([\s\S]*)$/.exec(entry) ?? [];
    byName.set(name, { ...byName.get(name), [field]: value });
  }
  const found = new Map<string, Submodule>();
  for (const { path, url, branch } of byName.values()) {
    if (path !== undefined && url !== undefined)
      found.set(path, { path, url: resolveUrl(url, repository.address), ...(branch !== undefined && { branch }) });
  }
  return found;
}

function resolveUrl(url: string, address: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let base = address.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const cut = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'));
      if (cut < 0) throw flakeError('cannot-fetch', `the submodule's URL '${url}' leads out of the repository's own`);
      base = base.slice(0, cut);
    } else return `${base}/${rest}`;
  }
}

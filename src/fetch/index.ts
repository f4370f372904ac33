import { makeFixedOutputPath } from '../nix-format/store-path.ts';
import { parseHash } from '../nix-format/hash.ts';
import { BootflakeError } from '../base/errors.ts';
import { hidePasswords } from '../base/hide-passwords.ts';
import { flakeError } from '../base/flake-error.ts';
import { inputToUrl, isLockedInput } from './scheme/index.ts';
import { stringAttr, type InputAttrs } from './scheme/scheme.ts';
import { fetchApt } from './apt.ts';
import { distributionCheckout, fetchDebian } from './debian.ts';
import type { ResponseCache, FetchContext, FetchedTree, Fetcher } from './fetcher.ts';
import { fetchFile } from './file.ts';
import { fetchGit } from './git.ts';
import { fetchGithub } from './github.ts';
import { fetchGitlab } from './gitlab.ts';
import { fetchPath } from './path.ts';
import { fetchSourcehut } from './sourcehut.ts';
import { fetchTarball } from './tarball.ts';

const fetchers: Record<string, Fetcher> = {
  path: fetchPath,
  git: fetchGit,
  debian: fetchDebian,
  apt: fetchApt,
  tarball: fetchTarball,
  file: fetchFile,
  github: fetchGithub,
  gitlab: fetchGitlab,
  sourcehut: fetchSourcehut,
};

/**
 * Fetches an input. `final`: the attributes come from a lock file; they are returned unchanged, must match the fetched tree, and a store
 * path that they name is used without any request. Throws `flake/hash-mismatch`.
 */
export function fetchInput(attrs: InputAttrs, context: FetchContext, options: { final: boolean }): FetchedTree {
  const text = () => inputToUrl(attrs);
  if (options.final && typeof attrs.narHash === 'string' && isLockedInput(attrs)) {
    const storePath = makeFixedOutputPath(stringAttr(attrs, 'name') ?? 'source', 'nar', parseHash(attrs.narHash, 'sha256'));
    if (context.store.isValidPath(storePath))
      return { storePath, attrs, ...(attrs.type === 'debian' && { checkout: distributionCheckout() }) };
  }
  if (attrs.type === 'hg') {
    throw flakeError(
      'cannot-fetch',
      `Mercurial repositories are not supported: '${text()}'`,
      'Use an archive of the revision, which most hosts of repositories serve: https://HOST/.../REVISION.tar.gz',
    );
  }
  const fetcher = fetchers[String(attrs.type)];
  if (!fetcher) throw flakeError('cannot-fetch', `input '${text()}' cannot be fetched`);
  const used = new Set<string>();
  let fetched: FetchedTree;
  try {
    fetched = fetcher(attrs, { ...context, cache: noting(context.cache, used) });
  } catch (error) {
    if (error instanceof BootflakeError) error.trace.push({ message: hidePasswords(`while fetching the input '${text()}'`) });
    throw error;
  }
  if (typeof attrs.narHash === 'string' && fetched.attrs.narHash !== attrs.narHash) {
    // The wrong response is not kept: the next run requests it again.
    for (const key of used) context.cache.forget(key);
    throw flakeError(
      'hash-mismatch',
      `NAR hash mismatch in input '${text()}', expected '${attrs.narHash}' but got '${fetched.attrs.narHash}'`,
      'Run: bootflake flake update INPUT  to lock its present content: it has changed since it was locked.',
    );
  }
  if (typeof attrs.rev === 'string' && fetched.attrs.rev !== attrs.rev) {
    throw flakeError('hash-mismatch', `'rev' attribute mismatch in input '${text()}', expected ${attrs.rev}, got ${fetched.attrs.rev}`);
  }
  return options.final ? { ...fetched, attrs } : fetched;
}

/** Records in `used` which responses a fetch used. */
function noting(cache: ResponseCache, used: Set<string>): ResponseCache {
  return {
    find: (key) => {
      used.add(key);
      return cache.find(key);
    },
    remember: (key, value) => {
      used.add(key);
      cache.remember(key, value);
    },
    forget: (key) => cache.forget(key),
  };
}

/** What github, gitlab and sourcehut have in common: a ref is looked up, then the archive of its commit is fetched. */
import { BootflakeError } from '../base/errors.ts';
import { flakeError } from '../base/flake-error.ts';
import { stringAttr, type InputAttrs } from './scheme/scheme.ts';
import { accessToken } from '../settings/fetch-settings.ts';
import { storeArchive, type StoredArchive } from './archive-tree.ts';
import type { FetchContext, Fetcher } from './fetcher.ts';
import { rememberedDownload } from './remembered.ts';

export interface HostedRepository {
  host: string;
  owner: string;
  repo: string;
  /** The token's headers; none when there is no token. */
  headers: Record<string, string>;
}

/** The API of one service. */
export interface HostedService {
  defaultHost: string;
  tokenHeaders(token: string, warn: (message: string) => void): Record<string, string>;
  /** Returns the commit that a ref (`HEAD` for the default branch) names now. */
  lookUp(repository: HostedRepository, ref: string, context: FetchContext): string;
  archiveUrl(repository: HostedRepository, rev: string): string;
}

export function hostedFetcher(service: HostedService): Fetcher {
  return (attrs, context) => {
    const host = stringAttr(attrs, 'host') ?? service.defaultHost;
    const [owner, repo] = [String(attrs.owner), String(attrs.repo)];
    const token = accessToken(context.settings, host, `${owner}/${repo}`);
    const repository = { host, owner, repo, headers: token === undefined ? {} : service.tokenHeaders(token, context.warn) };
    const { ref, ...rest } = attrs;
    const rev = stringAttr(attrs, 'rev') ?? explained(attrs, repository, () => service.lookUp(repository, String(ref ?? 'HEAD'), context));
    const { storePath, narHash, lastModified } = explained(attrs, repository, () =>
      fetchArchive(service.archiveUrl(repository, rev), repository, context),
    );
    return { storePath, attrs: { ...rest, rev, lastModified, narHash } };
  };
}

/** The tree of a commit never changes, so it is fetched only once. */
function fetchArchive(url: string, { headers }: HostedRepository, context: FetchContext): StoredArchive {
  return rememberedDownload(
    {
      url,
      kind: 'commit',
      headers,
      lasting: true,
      holds: ({ storePath }: StoredArchive) => context.store.isValidPath(storePath),
      read: (file) => storeArchive(file, url, 'source', context),
    },
    context,
  );
}

/** Services respond "not found" for what only a token may see. */
function explained<T>(attrs: InputAttrs, { host, headers }: HostedRepository, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BootflakeError && /^network\/(?:not-found|status)$/.test(error.code)) {
      const hasToken = Object.keys(headers).length > 0;
      error.hint = hasToken
        ? `the token that access-tokens has for ${host} may not be allowed to read ${attrs.owner}/${attrs.repo}`
        : 'check the owner, the repository and the branch; one that is not public, or a rate limit, needs a token: access-tokens = ' +
          `${host}=TOKEN in ~/.config/nix/nix.conf`;
    }
    if (
      error instanceof BootflakeError &&
      attrs.repo === 'nixpkgs' &&
      /^network\/(?:unreachable|timeout)$|^flake\/offline$/.test(error.code)
    ) {
      error.hint = [error.hint, 'Use --override-input nixpkgs debian/trixie to build with the Debian distribution instead.']
        .filter(Boolean)
        .join('; ');
    }
    throw error;
  }
}

/** Throws `flake/bad-answer` for anything but a commit hash. */
export function commitHash(value: unknown, url: string): string {
  if (typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return value;
  throw badResponse(url, 'the commit is not in it');
}

export function parseResponse(text: string, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badResponse(url, (error as Error).message);
  }
}

function badResponse(url: string, why: string): BootflakeError {
  return flakeError(
    'bad-answer',
    `the response of '${url}' is invalid: ${why}`,
    'Try again with --refresh, and check that the host is of the kind named by the scheme.',
  );
}

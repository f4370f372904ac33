import { flakeError } from '../base/flake-error.ts';
import { percentDecode } from './url.ts';
import { downloadText } from './file.ts';
import { commitHash, hostedFetcher, parseResponse, type HostedRepository, type HostedService } from './hosted.ts';

const gitlab: HostedService = {
  defaultHost: 'gitlab.com',
  tokenHeaders(token, warn): Record<string, string> {
    const [, kind = '', value = ''] = /^([^:]*):?([\s\S]*)$/.exec(token) ?? [];
    if (kind === 'OAuth2') return { authorization: `Bearer ${value}` };
    if (kind === 'PAT') return { 'private-token': value };
    // As Nix: an unknown kind is a header's name. A bare token would be one, so it is not repeated here.
    warn('a GitLab token in access-tokens is neither OAuth2:TOKEN nor PAT:TOKEN');
    return value === '' || !/^[A-Za-z0-9-]+$/.test(kind) ? {} : { [kind.toLowerCase()]: value };
  },
  lookUp(repository, ref, context) {
    const url = `${project(repository)}/repository/commits?ref_name=${encodeURIComponent(ref)}`;
    const response = parseResponse(downloadText(url, repository.headers, context), url);
    if (Array.isArray(response) && response.length === 0) {
      throw flakeError(
        'missing-revision',
        `no commits returned by '${url}'`,
        `Check that there is a branch or tag '${ref}' in ${repository.owner}/${repository.repo}.`,
      );
    }
    return commitHash(Array.isArray(response) ? (response[0] as { id?: unknown } | null)?.id : undefined, url);
  },
  archiveUrl: (repository, rev) => `${project(repository)}/repository/archive.tar.gz?sha=${rev}`,
};

/** Lock files of Nix before 2.31 have the slash of a subgroup percent-encoded. */
function project({ host, owner, repo }: HostedRepository): string {
  return `https://${host}/api/v4/projects/${encodeURIComponent(`${percentDecode(owner)}/${repo}`)}`;
}

/** `gitlab:OWNER/REPO`, subgroups written `gitlab:GROUP%2FSUBGROUP/REPO`, of gitlab.com or `?host=`. */
export const fetchGitlab = hostedFetcher(gitlab);

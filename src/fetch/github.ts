import { downloadText } from './file.ts';
import { commitHash, hostedFetcher, parseResponse, type HostedService } from './hosted.ts';

const PUBLIC = 'github.com';

const github: HostedService = {
  defaultHost: PUBLIC,
  tokenHeaders: (token) => ({ authorization: `token ${token}` }),
  lookUp({ host, owner, repo, headers }, ref, context) {
    const api = host === PUBLIC ? `https://api.${host}` : `https://${host}/api/v3`;
    const url = `${api}/repos/${owner}/${repo}/commits/${ref}`;
    const response = parseResponse(downloadText(url, headers, context), url) as { sha?: unknown } | null;
    return commitHash(response?.sha, url);
  },
  archiveUrl({ host, owner, repo, headers }, rev) {
    if (host !== PUBLIC) return `https://${host}/api/v3/repos/${owner}/${repo}/tarball/${rev}`;
    // The public address does not count against the API's rate limit; a token works only with the API.
    return Object.keys(headers).length === 0
      ? `https://${host}/${owner}/${repo}/archive/${rev}.tar.gz`
      : `https://api.${host}/repos/${owner}/${repo}/tarball/${rev}`;
  },
};

/** `github:OWNER/REPO`, of github.com or a GitHub Enterprise (`?host=`). */
export const fetchGithub = hostedFetcher(github);

import { flakeError } from '../base/flake-error.ts';
import { downloadText } from './file.ts';
import { commitHash, hostedFetcher, type HostedService } from './hosted.ts';

const sourcehut: HostedService = {
  defaultHost: 'git.sr.ht',
  tokenHeaders: (token) => ({ authorization: `Bearer ${token}` }),
  lookUp({ host, owner, repo, headers }, ref, context) {
    const base = `https://${host}/${owner}/${repo}`;
    const wanted =
      ref === 'HEAD' ? [headTarget(downloadText(`${base}/HEAD`, headers, context), base)] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
    const url = `${base}/info/refs`;
    for (const line of downloadText(url, headers, context).split('\n')) {
      const [hash, name] = line.split('\t');
      if (name !== undefined && wanted.includes(name)) return commitHash(hash, url);
    }
    throw flakeError('missing-revision', `couldn't find ref '${ref}' in '${base}'`, 'Check that there is a branch or tag of that name.');
  },
  archiveUrl: ({ host, owner, repo }, rev) => `https://${host}/${owner}/${repo}/archive/${rev}.tar.gz`,
};

/** `ref: refs/heads/main`. */
function headTarget(text: string, base: string): string {
  const target = /^ref: *([^\t\n]+)/.exec(text)?.[1];
  if (target === undefined)
    throw flakeError('bad-answer', `in '${base}', couldn't resolve HEAD`, 'Name a branch: sourcehut:~OWNER/REPO/BRANCH');
  return target;
}

/** `sourcehut:~OWNER/REPO`, of git.sr.ht or `?host=`. */
export const fetchSourcehut = hostedFetcher(sourcehut);

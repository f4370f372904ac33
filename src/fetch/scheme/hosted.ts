import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { printUrl } from '../url.ts';
import {
  checkRevision,
  isLegalRefName,
  nonEmptySegments,
  revisionPattern,
  sortedJson,
  type InputAttrs,
  type InputScheme,
} from './scheme.ts';

const attributes = {
  owner: 'string',
  repo: 'string',
  ref: 'string',
  rev: 'string',
  narHash: 'string',
  lastModified: 'integer',
  host: 'string',
  treeHash: 'string',
} satisfies InputScheme['attributes'];

/** Owners become parts of addresses. An owner may have subgroups, whose slash lock files of Nix before 2.31 have percent-encoded. */
const ownerPattern = /^~?[\w.+-]+(?:(?:\/|%2[Ff])[\w.+-]+)*$/;
const repoPattern = /^[\w.+-]+$/;
const isDots = (part: string): boolean => part === '.' || part === '..';
const hostPattern = /^(?![.-])[a-zA-Z0-9.-]+$/;

/** `github:OWNER/REPO[/REF-OR-REV]`, and gitlab and sourcehut alike. */
function hostedScheme(type: string): InputScheme {
  return {
    type,
    attributes,
    fromUrl(url) {
      if (url.scheme !== type) return undefined;
      const text = printUrl(url);
      const [owner, repo, ...rest] = nonEmptySegments(url.path);
      if (owner === undefined || repo === undefined)
        throw new BadUrl(`URL '${text}' is invalid`, `${type}:OWNER/REPO or ${type}:OWNER/REPO/REF`);
      const attrs: InputAttrs = { type, owner, repo };
      if (rest.length === 1 && revisionPattern.test(rest[0] as string)) attrs.rev = rest[0] as string;
      else if (rest.length) attrs.ref = rest.join('/');
      for (const [name, value] of url.query) {
        if (name === 'rev' || name === 'ref') {
          if (attrs[name] !== undefined)
            throw new BadUrl(`URL '${text}' contains multiple ${name === 'rev' ? 'commit hashes' : 'branch/tag names'}`);
          attrs[name] = value;
        } else if (name === 'host' || name === 'narHash') attrs[name] = value;
        else throw new BadUrl(`URL '${text}' contains unknown parameter '${name}'`);
      }
      return attrs;
    },
    fromAttrs(attrs) {
      const { ref, rev, host } = attrs;
      const json = () => sortedJson(attrs);
      for (const name of ['owner', 'repo'])
        if (attrs[name] === undefined) throw flakeError('missing-attribute', `input attribute '${name}' is missing`);
      if (typeof ref === 'string' && typeof rev === 'string')
        throw new BadUrl(`input ${json()} contains both a commit hash ('${rev}') and a branch/tag name ('${ref}')`);
      checkRevision(rev);
      if (typeof ref === 'string' && !isLegalRefName(ref)) throw new BadUrl(`input ${json()} contains an invalid branch/tag name`);
      const [owner, repo] = [String(attrs.owner), String(attrs.repo)];
      if (!ownerPattern.test(owner) || owner.split(/\/|%2F/i).some(isDots))
        throw new BadUrl(`input ${json()} contains an invalid owner: '${owner}'`);
      if (!repoPattern.test(repo) || isDots(repo)) throw new BadUrl(`input ${json()} contains an invalid repository name: '${repo}'`);
      if (typeof host === 'string' && !hostPattern.test(host)) throw new BadUrl(`input ${json()} contains an invalid instance host`);
      return attrs;
    },
    toUrl(attrs) {
      const path = [attrs.owner, attrs.repo, attrs.ref, attrs.rev].filter((part): part is string => typeof part === 'string');
      const query = new Map<string, string>();
      for (const name of ['narHash', 'host']) if (typeof attrs[name] === 'string') query.set(name, attrs[name]);
      return { scheme: type, path, query, fragment: '' };
    },
    isLocked: (attrs) => typeof attrs.rev === 'string',
  };
}

export const githubScheme = hostedScheme('github');
export const gitlabScheme = hostedScheme('gitlab');
export const sourcehutScheme = hostedScheme('sourcehut');

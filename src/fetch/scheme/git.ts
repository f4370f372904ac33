import { BadUrl } from '../../base/flake-error.ts';
import { parseUrl, pathToSegments, percentDecode, printUrl, segmentsToPath, splitScheme, type ParsedUrl } from '../url.ts';
import { checkRevision, isLegalRefName, urlAttr, type AttrType, type InputAttrs, type InputScheme } from './scheme.ts';

const textParameters = ['rev', 'ref', 'keytype', 'publicKey', 'publicKeys'];
const flagParameters = ['shallow', 'submodules', 'lfs', 'exportIgnore', 'allRefs', 'verifyCommit'];

/** `git+file:`, `git+https:`, `git+ssh:`, `git:`. The attribute `url` has no `git+` and none of the input's own parameters. */
export const gitScheme: InputScheme = {
  type: 'git',
  attributes: {
    url: 'string',
    ...typed(textParameters, 'string'),
    ...typed(flagParameters, 'boolean'),
    lastModified: 'integer',
    revCount: 'integer',
    narHash: 'string',
    name: 'string',
    dirtyRev: 'string',
    dirtyShortRev: 'string',
  },
  fromUrl(url) {
    if (url.scheme !== 'git' && splitScheme(url.scheme).application !== 'git') return undefined;
    const attrs: InputAttrs = { type: 'git' };
    const rest = new Map<string, string>();
    for (const [name, value] of url.query) {
      if (textParameters.includes(name)) attrs[name] = value;
      else if (flagParameters.includes(name)) attrs[name] = value === '1';
      else rest.set(name, value);
    }
    return { ...attrs, url: printUrl({ ...url, query: rest, fragment: '' }) };
  },
  fromAttrs(attrs) {
    const address = urlAttr(attrs);
    if (typeof attrs.ref === 'string' && attrs.ref !== 'HEAD' && !isLegalRefName(attrs.ref))
      throw new BadUrl(`invalid Git branch/tag name '${attrs.ref}'`);
    checkRevision(attrs.rev);
    const url = plainGitUrl(address);
    checkTransport(url);
    return { ...attrs, url };
  },
  toUrl(attrs) {
    const url = parseUrl(String(attrs.url));
    if (url.scheme !== 'git') url.scheme = `git+${url.scheme}`;
    for (const name of ['rev', 'ref', 'keytype', 'publicKey', 'publicKeys'])
      if (typeof attrs[name] === 'string') url.query.set(name, attrs[name]);
    for (const name of flagParameters) if (name !== 'allRefs' && attrs[name] === true) url.query.set(name, '1');
    return url;
  },
  isLocked: (attrs) => typeof attrs.rev === 'string' && !/^0+$/.test(attrs.rev),
};

function typed(names: readonly string[], type: AttrType): Record<string, AttrType> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

/** The transports for which git runs no helper program chosen by the address (gitremote-helpers(7): `ext::`, `git-remote-X`). */
const transports = ['file', 'git', 'http', 'https', 'ssh', 'ftp', 'ftps'];

function checkTransport(address: string): void {
  const { scheme, authority = '', path } = parseUrl(address);
  if (!transports.includes(scheme))
    throw new BadUrl(
      `Git URL '${address}' has the unsupported transport '${scheme}'`,
      `transports: ${transports.map((name) => `git+${name}`).join(', ')}`,
    );
  if (scheme === 'file') return;
  const host = percentDecode(authority);
  // ssh would parse it as an option.
  if (/(?:^|@)-/.test(host) || path[0] !== '' || !/^(?:[^@]*@)?(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::[0-9]*)?$/.test(host)) {
    throw new BadUrl(`Git URL '${address}' has no host, or one that cannot be`, 'git+https://HOST/PATH or git+ssh://USER@HOST/PATH');
  }
}

/** An absolute path, `host:path` or `git+X://` in the one form that git itself takes as a URL. */
export function plainGitUrl(text: string): string {
  if (text.startsWith('/')) return printUrl({ scheme: 'file', authority: '', path: pathToSegments(text), query: new Map(), fragment: '' });
  const scp = /^(?:([^/:@]+)@)?([^/:]+):(?!\/\/)(.+)$/.exec(text);
  if (scp && !/^(?:git\+)?(?:ssh|https?|file|ftps?|git)$/.test(scp[2] as string)) {
    const [, user, host, path = ''] = scp;
    return `ssh://${user ? `${user}@` : ''}${host}/${path.replace(/^\//, '')}`;
  }
  const url = parseUrl(text);
  const { application, transport } = splitScheme(url.scheme);
  return printUrl(application === 'git' ? { ...url, scheme: transport } : url);
}

/** The path of a repository on this machine; undefined for a remote one. */
export function localRepository(attrs: InputAttrs): string | undefined {
  const url: ParsedUrl = parseUrl(String(attrs.url));
  return url.scheme === 'file' ? segmentsToPath(url.path) : undefined;
}

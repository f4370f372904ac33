import { parseUrl, printUrl, splitScheme, type ParsedUrl } from '../url.ts';
import { checkRevision, numberParameter, urlAttr, type InputAttrs, type InputScheme } from './scheme.ts';

const attributes = {
  url: 'string',
  narHash: 'string',
  name: 'string',
  unpack: 'boolean',
  rev: 'string',
  revCount: 'integer',
  lastModified: 'integer',
} satisfies InputScheme['attributes'];
const archiveEndings = ['.zip', '.tar', '.tgz', '.tar.gz', '.tar.xz', '.tar.bz2', '.tar.zst'];

/** `tarball+https:` and archive-like https/http/file URLs; `file+https:` for plain files. */
function downloadScheme(type: 'tarball' | 'file'): InputScheme {
  const isOurs = (url: ParsedUrl, isFlake: boolean): boolean => {
    const { application, transport } = splitScheme(url.scheme);
    if (!['file', 'http', 'https'].includes(transport)) return false;
    if (application !== undefined) return application === type;
    const looksLikeArchive = isFlake || archiveEndings.some((ending) => url.path.at(-1)?.endsWith(ending));
    return looksLikeArchive === (type === 'tarball');
  };
  return {
    type,
    attributes,
    fromUrl(url, isFlake) {
      if (!isOurs(url, isFlake)) return undefined;
      const attrs: InputAttrs = { type };
      for (const name of ['narHash', 'rev']) if (url.query.has(name)) attrs[name] = url.query.get(name) as string;
      for (const name of ['revCount', 'lastModified']) {
        const number = numberParameter(url, name);
        if (number !== undefined) attrs[name] = number;
      }
      const query = new Map([...url.query].filter(([name]) => !(name in attributes)));
      return { ...attrs, url: printUrl({ ...url, scheme: splitScheme(url.scheme).transport, query, fragment: '' }) };
    },
    fromAttrs(attrs) {
      urlAttr(attrs);
      checkRevision(attrs.rev);
      return attrs;
    },
    toUrl(attrs) {
      const url = parseUrl(String(attrs.url));
      if (typeof attrs.narHash === 'string') url.query.set('narHash', attrs.narHash);
      return url;
    },
    isLocked: (attrs) => attrs.narHash !== undefined,
  };
}

export const tarballScheme = downloadScheme('tarball');
export const fileScheme = downloadScheme('file');

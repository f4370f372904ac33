import { parseUrl, printUrl, splitScheme } from '../url.ts';
import { urlAttr, type InputAttrs, type InputScheme } from './scheme.ts';

/** `hg+https:`, `hg+ssh:`, `hg+file:`: parsed and printed, so that lock files with them can be handled; fetching one is refused. */
export const mercurialScheme: InputScheme = {
  type: 'hg',
  attributes: { url: 'string', ref: 'string', rev: 'string', revCount: 'integer', narHash: 'string', name: 'string' },
  fromUrl(url) {
    if (splitScheme(url.scheme).application !== 'hg') return undefined;
    const query = new Map(url.query);
    const attrs: InputAttrs = { type: 'hg' };
    for (const name of ['rev', 'ref']) {
      if (query.has(name)) attrs[name] = query.get(name) as string;
      query.delete(name);
    }
    return { ...attrs, url: printUrl({ ...url, scheme: splitScheme(url.scheme).transport, query, fragment: '' }) };
  },
  fromAttrs(attrs) {
    urlAttr(attrs);
    return attrs;
  },
  toUrl(attrs) {
    const url = parseUrl(String(attrs.url));
    url.scheme = `hg+${url.scheme}`;
    for (const name of ['rev', 'ref']) if (typeof attrs[name] === 'string') url.query.set(name, attrs[name]);
    return url;
  },
  isLocked: (attrs) => typeof attrs.rev === 'string',
};

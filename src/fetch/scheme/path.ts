import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { numberParameter, type InputAttrs, type InputScheme } from './scheme.ts';
import { pathToSegments, printUrl, segmentsToPath } from '../url.ts';

/** `path:/x`, and `path:./x` inside a flake. Tree facts may be given by hand (`?rev=`, `?lastModified=`). */
export const pathScheme: InputScheme = {
  type: 'path',
  attributes: { path: 'string', rev: 'string', revCount: 'integer', lastModified: 'integer', narHash: 'string' },
  fromUrl(url) {
    if (url.scheme !== 'path') return undefined;
    if (url.authority) throw new BadUrl(`path URL '${printUrl(url)}' should not have an authority ('${url.authority}')`);
    const attrs: InputAttrs = { type: 'path', path: segmentsToPath(url.path) };
    for (const [name, value] of url.query) {
      if (name === 'rev' || name === 'narHash') attrs[name] = value;
      else if (name === 'revCount' || name === 'lastModified') {
        const number = numberParameter(url, name);
        if (number === undefined) throw new BadUrl(`path URL '${printUrl(url)}' has invalid parameter '${name}'`);
        attrs[name] = number;
      } else throw new BadUrl(`path URL '${printUrl(url)}' has unsupported parameter '${name}'`);
    }
    return attrs;
  },
  fromAttrs(attrs) {
    if (typeof attrs.path !== 'string') throw flakeError('missing-attribute', "input attribute 'path' is missing");
    return attrs;
  },
  toUrl(attrs) {
    const query = new Map<string, string>();
    for (const [name, value] of Object.entries(attrs)) if (name !== 'type' && name !== 'path') query.set(name, String(value));
    return { scheme: 'path', path: pathToSegments(String(attrs.path)), query, fragment: '' };
  },
  isLocked: (attrs) => attrs.narHash !== undefined,
};

/** The relative path of an input inside its parent's tree. */
export function relativePath(attrs: InputAttrs): string | undefined {
  return attrs.type === 'path' && typeof attrs.path === 'string' && !attrs.path.startsWith('/') ? attrs.path : undefined;
}

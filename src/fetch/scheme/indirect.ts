import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { printUrl } from '../url.ts';
import {
  checkRevision,
  flakeIdPattern,
  isLegalRefName,
  nonEmptySegments,
  revisionPattern,
  sortedJson,
  type InputAttrs,
  type InputScheme,
} from './scheme.ts';

/** `nixpkgs`, `debian/trixie`, `flake:x/ref/rev`: looked up in the registries. */
export const indirectScheme: InputScheme = {
  type: 'indirect',
  attributes: { id: 'string', ref: 'string', rev: 'string', narHash: 'string' },
  fromUrl(url) {
    if (url.scheme !== 'flake') return undefined;
    const [id = '', second, third, ...more] = nonEmptySegments(url.path);
    const text = printUrl(url);
    if (more.length || !id) throw new BadUrl(`flake URL '${text}' is invalid`, 'flake:ID, flake:ID/REF or flake:ID/REF/REV');
    if (!flakeIdPattern.test(id)) throw new BadUrl(`'${id}' is not a valid flake ID`);
    const attrs: InputAttrs = { type: 'indirect', id };
    if (second !== undefined) {
      if (third === undefined && revisionPattern.test(second)) attrs.rev = second;
      else if (isLegalRefName(second)) attrs.ref = second;
      else throw new BadUrl(`in flake URL '${text}', '${second}' is not a commit hash or branch/tag name`);
    }
    if (third !== undefined) {
      if (!revisionPattern.test(third)) throw new BadUrl(`in flake URL '${text}', '${third}' is not a commit hash`);
      attrs.rev = third;
    }
    return attrs;
  },
  fromAttrs(attrs) {
    if (typeof attrs.id !== 'string') throw flakeError('missing-attribute', "input attribute 'id' is missing");
    if (!flakeIdPattern.test(attrs.id)) throw new BadUrl(`'${attrs.id}' is not a valid flake ID`);
    if (typeof attrs.ref === 'string' && !isLegalRefName(attrs.ref))
      throw new BadUrl(`input ${sortedJson(attrs)} contains an invalid branch/tag name`);
    checkRevision(attrs.rev);
    return attrs;
  },
  toUrl(attrs) {
    const path = [attrs.id, attrs.ref, attrs.rev].filter((part): part is string => typeof part === 'string');
    return { scheme: 'flake', path, query: new Map(), fragment: '' };
  },
  isLocked: () => false,
};

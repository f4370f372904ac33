import { BadUrl, flakeError } from '../../base/flake-error.ts';
import { printUrl, splitScheme, type ParsedUrl } from '../url.ts';
import { aptScheme } from './apt.ts';
import { debianScheme } from './debian.ts';
import { fileScheme, tarballScheme } from './download.ts';
import { gitScheme } from './git.ts';
import { githubScheme, gitlabScheme, sourcehutScheme } from './hosted.ts';
import { indirectScheme } from './indirect.ts';
import { mercurialScheme } from './mercurial.ts';
import { pathScheme } from './path.ts';
import { checkAttributes, type InputAttrs, type InputScheme } from './scheme.ts';

const schemes: readonly InputScheme[] = [
  pathScheme,
  gitScheme,
  indirectScheme,
  githubScheme,
  gitlabScheme,
  sourcehutScheme,
  tarballScheme,
  fileScheme,
  mercurialScheme,
  debianScheme,
  aptScheme,
];
const byType = new Map(schemes.map((scheme) => [scheme.type, scheme]));

/** Throws `flake/unsupported-input` for an unknown type. */
export function schemeOf(attrs: InputAttrs): InputScheme {
  const scheme = byType.get(String(attrs.type));
  if (scheme) return scheme;
  throw flakeError('unsupported-input', `input type '${attrs.type}' is not supported`, `Use one of: ${[...byType.keys()].join(', ')}`);
}

/** Whether a URL scheme is one that flake references can have: `github`, `git+https`, `path`. */
export function isKnownUrlScheme(scheme: string): boolean {
  const { application, transport } = splitScheme(scheme);
  if (application !== undefined) return ['git', 'tarball', 'file', 'hg', 'apt'].includes(application);
  return ['path', 'git', 'flake', 'github', 'gitlab', 'sourcehut', 'debian', 'http', 'https', 'file'].includes(transport);
}

/** Throws BadUrl when no scheme accepts the URL. */
export function inputFromUrl(url: ParsedUrl, isFlake: boolean): InputAttrs {
  for (const scheme of schemes) {
    const attrs = scheme.fromUrl(url, isFlake);
    if (!attrs) continue;
    checkAttributes(attrs, scheme);
    return scheme.fromAttrs(attrs);
  }
  const text = printUrl(url);
  if (url.scheme === 'file+git') throw new BadUrl(`input '${text}' is unsupported; did you mean 'git+file' instead of 'file+git'?`);
  throw new BadUrl(
    `input '${text}' is unsupported`,
    'schemes: path, git+file, git+https, git+ssh, github, gitlab, sourcehut, tarball+https, flake, debian, apt+https',
  );
}

/** Checks attributes that came from a file, a server or an expression. Throws `flake/bad-attribute`, `flake/missing-attribute`, BadUrl. */
export function inputFromAttrs(attrs: InputAttrs): InputAttrs {
  if (typeof attrs.type !== 'string')
    throw flakeError('missing-attribute', "'type' attribute to specify input scheme is required but not provided");
  const scheme = schemeOf(attrs);
  checkAttributes(attrs, scheme);
  return scheme.fromAttrs(attrs);
}

/** The input as a URL; parsing it gives the input back. */
export function inputToUrl(attrs: InputAttrs): string {
  return printUrl(schemeOf(attrs).toUrl(attrs));
}

export function isLockedInput(attrs: InputAttrs): boolean {
  return schemeOf(attrs).isLocked(attrs);
}

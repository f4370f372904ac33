import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { specialKind } from '../system/special-file.ts';
import { flakeError } from '../base/flake-error.ts';
import { inputFromUrl } from './scheme/index.ts';
import { stringAttr, type InputAttrs } from './scheme/scheme.ts';
import { parseUrl, printUrl, segmentsToPath } from './url.ts';
import { storeArchive, type StoredArchive } from './archive-tree.ts';
import type { FetchContext, Fetcher } from './fetcher.ts';
import { rememberedDownload } from './remembered.ts';

interface Tarball extends StoredArchive {
  /** The immutable reference that the server named. */
  immutableUrl?: string;
}

/** Fetches and unpacks an archive from a server or this machine. A server may name an immutable address, which is then locked. */
export const fetchTarball: Fetcher = (attrs, context) => {
  const tarball = downloadTarball(String(attrs.url), stringAttr(attrs, 'name') ?? 'source', context);
  const { storePath, narHash, lastModified, immutableUrl } = tarball;
  const input = immutableUrl === undefined ? attrs : immutableInput(immutableUrl);
  return {
    storePath,
    attrs: { ...(lastModified > 0 && { lastModified }), ...input, narHash: expectNarHash(input, narHash, immutableUrl) },
  };
};

/** `url`: http, https or file. */
function downloadTarball(url: string, name: string, context: FetchContext): Tarball {
  const parsed = parseUrl(url);
  if (parsed.scheme === 'file') return storeArchive(localFile(segmentsToPath(parsed.path), 'tarball'), url, name, context);
  return rememberedDownload<Tarball>(
    {
      url,
      kind: `tarball ${name}`,
      holds: ({ storePath }) => context.store.isValidPath(storePath),
      read: (file, { immutableUrl }) => ({
        ...storeArchive(file, url, name, context),
        ...(immutableUrl !== undefined && { immutableUrl }),
      }),
    },
    context,
  );
}

/** Returns the path of a local file that an input names by URL; `kind` is the input's type. */
export function localFile(path: string, kind: 'tarball' | 'file'): string {
  if (!isAbsolute(path)) {
    throw flakeError(
      'relative-path',
      `${kind} 'file:${path}' must use an absolute path. The 'file' scheme does not support relative paths.`,
      'Use file:///ABSOLUTE/PATH, or in an expression "file://${toString ./PATH}"',
    );
  }
  if (!existsSync(path)) throw flakeError('missing-path', `${kind} '${path}' does not exist`);
  const status = statSync(path);
  const special = specialKind(status);
  if (special !== undefined)
    throw flakeError('cannot-fetch', `${kind} '${path}' is ${special}, not a regular file`, 'Write its contents to a file and name that.');
  if (!status.isDirectory()) return path;
  throw existsSync(join(path, '.git'))
    ? flakeError('cannot-fetch', `${kind} '${path}' is a git repository, not a ${kind}`, `Use git+file://${path}`)
    : flakeError('cannot-fetch', `${kind} '${path}' is a directory, not a file`, `Use path:${path}`);
}

function immutableInput(url: string): InputAttrs {
  const { fragment, ...parsed } = parseUrl(url);
  const query = new Map(parsed.query);
  query.delete('dir');
  const input = inputFromUrl({ ...parsed, query, fragment: '' }, true);
  const address = input.type === 'tarball' && fragment === '' ? parseUrl(String(input.url)) : undefined;
  if (!address || !/^https?$/.test(address.scheme) || !address.authority)
    throw flakeError('cannot-fetch', `the server names '${url}' as an immutable address, which is not the URL of a tarball`);
  // It is written to lock files, which others see.
  return { ...input, url: printUrl({ ...address, authority: address.authority.replace(/^.*@/, '') }) };
}

/** The NAR hash in an immutable address must match the downloaded tree. */
function expectNarHash(input: InputAttrs, found: string, immutableUrl: string | undefined): string {
  if (immutableUrl !== undefined && input.narHash !== undefined && input.narHash !== found) {
    throw flakeError(
      'hash-mismatch',
      `the server says that '${immutableUrl}' has the NAR hash '${input.narHash}', but what it sent has '${found}'`,
      'Try again with --refresh; if the error stays, the server is wrong.',
    );
  }
  return found;
}

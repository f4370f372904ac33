import { readFileSync, statSync } from 'node:fs';
import { FileSource } from '../system/file-source.ts';
import { file } from '../tree/file-tree.ts';
import { stringAttr } from './scheme/scheme.ts';
import { parseUrl, segmentsToPath } from './url.ts';
import type { FetchContext, Fetcher } from './fetcher.ts';
import { rememberedDownload } from './remembered.ts';
import { localFile } from './tarball.ts';

/** Fetches a plain file: the input's tree is that one file. */
export const fetchFile: Fetcher = (attrs, context) => {
  const { storePath, narHash } = downloadToStore(String(attrs.url), stringAttr(attrs, 'name') ?? 'source', 'nar', context);
  return { storePath, attrs: { ...attrs, narHash } };
};

/** Downloads a file into the store; `method` determines how its path is computed. */
export function downloadToStore(
  url: string,
  name: string,
  method: 'nar' | 'flat',
  context: FetchContext,
): { storePath: string; narHash: string } {
  const { store } = context;
  const add = (path: string) => {
    const storePath = store.addToStore(name, file(new FileSource(path, statSync(path).size)), { method });
    return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string };
  };
  const parsed = parseUrl(url);
  if (parsed.scheme === 'file') return add(localFile(segmentsToPath(parsed.path), 'file'));
  return rememberedDownload(
    { url, kind: `file ${method} ${name}`, holds: ({ storePath }) => store.isValidPath(storePath), read: add },
    context,
  );
}

/** Bytes. The lists of refs of the largest repositories, and registries, are a tenth of it. */
const mostText = 64 * 2 ** 20;

/** Returns a server's short response as text, cached. */
export function downloadText(url: string, headers: Record<string, string>, context: FetchContext): string {
  return rememberedDownload({ url, kind: 'text', headers, maxBytes: mostText, read: (path) => readFileSync(path, 'utf8') }, context);
}

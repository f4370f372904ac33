/** builtin:fetchurl, as in Nix: one file with a known hash. */
import { BootflakeError } from '../base/errors.ts';
import { FileSink } from '../system/file-sink.ts';
import { download } from '../system/http.ts';
import { httpSettings } from '../system/network-settings.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { outputFile } from './output-file.ts';
import { booleanAttribute, optionalString } from './attributes.ts';

export const fetchurl: BuiltinBuilder = {
  name: 'fetchurl',
  kind: 'network',
  async run(context) {
    const urls = urlsOf(context);
    if (booleanAttribute(context.attrs, 'unpack'))
      throw new BootflakeError({ code: 'build/unsupported-unpack', message: `fetching '${urls[0]}' with unpack = true is not supported` });
    if (context.offline) throw offlineError(urls[0]!);
    await fetchFirst(urls, context);
    return { outputs: { out: { references: [] } } };
  },
};

function urlsOf({ attrs }: BuildContext): string[] {
  const listed = Array.isArray(attrs.urls) ? attrs.urls.map(String) : (optionalString(attrs, 'urls')?.split(/\s+/).filter(Boolean) ?? []);
  const single = optionalString(attrs, 'url');
  const urls = [...new Set(single ? [single, ...listed] : listed)];
  for (const url of urls) if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) throw unsupportedUrl(url);
  if (urls.length === 0) throw new BootflakeError({ code: 'build/bad-attribute', message: "the attribute 'url' is not set" });
  return urls;
}

/** Tries one address after the other; throws the last one's error. The bytes are checked when the output is registered. */
async function fetchFirst(urls: string[], context: BuildContext): Promise<void> {
  const executable = booleanAttribute(context.attrs, 'executable');
  for (const [index, url] of urls.entries()) {
    const sink = new FileSink(outputFile(context), executable ? 0o755 : 0o644);
    context.progress({ type: 'start', id: context.drvPath, activity: url, download: true });
    try {
      await download(url, sink, {
        ...httpSettings(context.network),
        signal: context.signal,
        onBytes: (bytes) => context.progress({ type: 'advance', id: context.drvPath, bytes }),
      });
      return;
    } catch (error) {
      sink.reset();
      if (context.signal.aborted || index === urls.length - 1) throw error;
      context.log(`${(error as Error).message}; trying '${urls[index + 1]}'`);
    } finally {
      sink.close();
      context.progress({ type: 'finish', id: context.drvPath });
    }
  }
}

/** Nix also accepts `file:`, but within its sandbox, where no file of the host is visible. */
function unsupportedUrl(url: string): BootflakeError {
  return new BootflakeError({
    code: 'network/unsupported-url',
    message: `'${url}' cannot be downloaded while building: only http:// and https:// addresses can`,
    hint: 'Refer to a local file by its path: ./file, or builtins.path { path = /absolute/file; }',
  });
}

function offlineError(url: string): BootflakeError {
  return new BootflakeError({
    code: 'network/offline',
    message: `'${url}' is not in the store and cannot be downloaded with --offline`,
    hint: 'Run again without --offline.',
  });
}

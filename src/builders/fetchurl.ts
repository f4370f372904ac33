/** builtin:fetchurl, as in Nix: one file with a known hash. */
import { BootflakeError } from '../base/errors.ts';
import { ArchiveError } from '../archive/archive-error.ts';
import { ArchiveTooLarge } from '../archive/limits.ts';
import { isFixedOutput } from '../nix-format/derivation.ts';
import { FileSink } from '../system/file-sink.ts';
import { download } from '../system/http.ts';
import { httpSettings } from '../system/network-settings.ts';
import { removeEntry } from '../system/file-operations.ts';
import { closeFileSources } from '../system/file-source.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { outputFile } from './output-file.ts';
import { booleanAttribute, optionalString } from './attributes.ts';
import { unpackNar } from './unpack-nar.ts';

export const fetchurl: BuiltinBuilder = {
  name: 'fetchurl',
  kind: 'network',
  async run(context) {
    const urls = urlsOf(context);
    if (context.derivation && !isFixedOutput(context.derivation.drv)) throw notFixed(context.drvPath);
    if (context.offline) throw offlineError(urls[0]!);
    const output = outputFile(context);
    const unpack = booleanAttribute(context.attrs, 'unpack');
    const downloaded = unpack ? `${output}.download` : output;
    await fetchFirst(urls, downloaded, context);
    if (unpack) unpackDownload(downloaded, output, urls[0]!);
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
async function fetchFirst(urls: string[], file: string, context: BuildContext): Promise<void> {
  const executable = booleanAttribute(context.attrs, 'executable');
  for (const [index, url] of urls.entries()) {
    const sink = new FileSink(file, executable ? 0o755 : 0o644);
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

/** As in Nix, the download is a NAR, which may be compressed; an executable one is a single file. */
function unpackDownload(archive: string, output: string, url: string): void {
  try {
    unpackNar(archive, output);
  } catch (error) {
    if (!(error instanceof ArchiveError || error instanceof ArchiveTooLarge || error instanceof BootflakeError)) throw error;
    throw new BootflakeError({
      code: 'build/bad-archive',
      message: `'${url}', which is to be unpacked, is no NAR: ${error.message}`,
      cause: error,
    });
  } finally {
    closeFileSources();
    removeEntry(archive);
  }
}

function notFixed(drvPath: string): BootflakeError {
  return new BootflakeError({
    code: 'build/bad-attribute',
    message: `'builtin:fetchurl' must be a fixed-output derivation, but '${drvPath}' has no hash`,
    hint: 'Set `outputHash`.',
  });
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

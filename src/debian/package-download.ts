/** Brings one .deb onto this machine: from the mirror, else from the snapshot archive. What comes is not verified here. */
import { BootflakeError } from '../base/errors.ts';
import { downloadBytes, MemorySink, download, type HttpOptions } from '../io/http.ts';
import { httpSettings, type NetworkSettings } from '../io/network-settings.ts';
import { keepPart, takePart } from '../io/part-files.ts';
import { mirrorOf, type DebianMirrors } from './mirrors.ts';

export interface WantedPackage {
  name: string;
  version: string;
  architecture: string;
  /** Below the mirror: `pool/...`. */
  filename: string;
  archive: 'debian' | 'debian-security';
  /** In base 16. */
  sha256: string;
  /** In bytes. */
  size: number;
}

export interface PackageDownload {
  bytes: Uint8Array;
  url: string;
  /** Its first part was left by an earlier run. */
  resumed: boolean;
}

export interface PackageDownloadOptions {
  mirrors: DebianMirrors;
  network?: NetworkSettings | undefined;
  /** Where parts of cut transfers are kept. */
  partsDir: string;
  signal: AbortSignal;
  onBytes?: (count: number) => void;
}

/** Fails with `debian/package-gone` and the codes of http.ts. When it is cut or aborted, what has come is kept for the next run. */
export async function downloadPackage(wanted: WantedPackage, options: PackageDownloadOptions): Promise<PackageDownload> {
  const url = `${mirrorOf(options.mirrors, wanted.archive)}/${wanted.filename.split('/').map(encodeURIComponent).join('/')}`;
  try {
    return await transfer(url, wanted, options);
  } catch (error) {
    if (!(error instanceof BootflakeError) || (error.code !== 'network/not-found' && error.code !== 'network/wrong-size')) throw error;
    return downloadFromSnapshot(wanted, error, options);
  }
}

async function transfer(url: string, wanted: WantedPackage, options: PackageDownloadOptions): Promise<PackageDownload> {
  const { signal, onBytes, partsDir, network } = options;
  const part = takePart(partsDir, wanted.sha256, wanted.size);
  const sink = new MemorySink(wanted.size, part);
  if (part) onBytes?.(part.length);
  const http: HttpOptions = { ...httpSettings(network), signal, expectedBytes: wanted.size, ...(onBytes && { onBytes }) };
  try {
    if (sink.length < wanted.size) await download(url, sink, http);
    return { bytes: sink.bytes(), url, resumed: part !== undefined };
  } catch (error) {
    keepPart(partsDir, wanted.sha256, sink.bytes());
    throw error;
  }
}

/** The machine-readable interface of snapshot.debian.org: a version's files by the SHA-1 they go by there. */
async function downloadFromSnapshot(wanted: WantedPackage, mirrorError: BootflakeError, options: PackageDownloadOptions): Promise<PackageDownload> {
  const { snapshot } = options.mirrors;
  const gone = (why: string, cause: unknown) => new BootflakeError({
    code: 'debian/package-gone',
    message: `${wanted.name} ${wanted.version} has left the mirror, and ${why}\n  ${mirrorError.message}`,
    hint: 'take today\'s packages: bootflake flake update nixpkgs', cause,
  });
  try {
    const listing = `${snapshot}/mr/binary/${encodeURIComponent(wanted.name)}/${encodeURIComponent(wanted.version)}/binfiles`;
    const { bytes } = await downloadBytes(listing, { ...httpSettings(options.network), signal: options.signal, maxBytes: 1 << 20 });
    const { result } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { result: { architecture: string; hash: string }[] };
    const found = result.find(({ architecture }) => architecture === wanted.architecture);
    if (!found || !/^[0-9a-f]{40}$/.test(found.hash)) throw gone(`${snapshot} has it for no ${wanted.architecture}`, undefined);
    return await transfer(`${snapshot}/file/${found.hash}`, wanted, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof BootflakeError && error.code === 'debian/package-gone') throw error;
    throw gone(`the snapshot archive did not give it: ${error instanceof Error ? error.message : error}`, error);
  }
}

/**
 * Downloads one .deb from the first place that has it: the mirror (twice, if its bytes were wrong), other mirrors of the host's
 * configuration, the snapshot archive. The bytes are not verified here.
 */
import { BootflakeError } from '../base/errors.ts';
import { downloadBytes, MemorySink, download, type HttpOptions } from '../system/http.ts';
import { httpSettings, type NetworkSettings } from '../system/network-settings.ts';
import { keepPart, takePart } from './part-files.ts';
import { mirrorOf, type DebianMirrors } from './mirrors.ts';

export interface WantedPackage {
  name: string;
  version: string;
  architecture: string;
  /** Below the mirror: `pool/...`. */
  filename: string;
  archive: 'debian' | 'debian-security';
  /** The address of the repository that alone has it, instead of Debian's archive. */
  repository?: string | undefined;
  /** In base 16. */
  sha256: string;
  /** In bytes. */
  size: number;
}

export interface PackageDownload {
  bytes: Uint8Array;
  url: string;
}

export interface PackageDownloadOptions {
  mirrors: DebianMirrors;
  network?: NetworkSettings | undefined;
  /** The folder of partial downloads. */
  partsDir: string;
  signal: AbortSignal;
  onBytes?: (count: number) => void;
}

/** A place that may have a package. */
export interface PackagePlace {
  /** Only worth a try if the bytes of the previous place were wrong. */
  afterWrongBytes?: boolean;
  /** Throws the codes of http.ts, and `debian/package-gone`. When it is cut or aborted, the received bytes are kept for the next run. */
  get(): Promise<PackageDownload>;
}

/** The places in the order in which they are tried. */
export function packagePlaces(wanted: WantedPackage, options: PackageDownloadOptions): PackagePlace[] {
  const { mirrors } = options;
  const path = wanted.filename.split('/').map(encodeURIComponent).join('/');
  const at =
    (mirror: string, headers: Record<string, string> = {}) =>
    () =>
      transfer(`${mirror}/${path}`, wanted, options, headers);
  const first = (mirror: string): PackagePlace[] => [
    { get: at(mirror) },
    // A proxy, or the partial file of an earlier run, may have been wrong.
    { get: at(mirror, { 'cache-control': 'no-cache', pragma: 'no-cache' }), afterWrongBytes: true },
  ];
  if (wanted.repository !== undefined) return first(wanted.repository);
  const others = mirrors.others?.[wanted.archive === 'debian' ? 'debian' : 'security'] ?? [];
  return [
    ...first(mirrorOf(mirrors, wanted.archive)),
    ...others.map((other) => ({ get: at(other) })),
    { get: () => fromSnapshot(wanted, options) },
  ];
}

/** The server responded, but the file is missing, different, or unavailable at the moment. */
const ELSEWHERE = new Set(['network/not-found', 'network/wrong-size', 'network/status', 'debian/package-gone', 'debian/hash-mismatch']);

/** Returns whether another place is worth a try after an error. */
export function isWorthElsewhere(error: unknown): error is BootflakeError {
  return error instanceof BootflakeError && ELSEWHERE.has(error.code);
}

/** The error for a package that no place provided, with the error of each place in order. */
export function packageError({ name, version, repository }: WantedPackage, refusals: readonly BootflakeError[]): BootflakeError {
  const [first] = refusals;
  const wrong = refusals.find(({ code }) => code === 'debian/hash-mismatch');
  const listOf = (errors: readonly BootflakeError[]): string => errors.map(({ message }) => `\n  ${message}`).join('');
  if (wrong) {
    return new BootflakeError({
      code: wrong.code,
      message: `${wrong.message}${listOf(refusals.filter((refusal) => refusal !== wrong))}`,
      ...(wrong.hint && { hint: wrong.hint }),
      cause: wrong,
    });
  }
  if (first?.code === 'network/status') {
    return new BootflakeError({
      code: first.code,
      message: `${first.message}${listOf(refusals.slice(1))}`,
      hint: repository === undefined ? 'Try again later, or choose another mirror: --mirror URL' : 'Try again later.',
      cause: first,
    });
  }
  return new BootflakeError({
    code: 'debian/package-gone',
    message: `${name} ${version} has left ${repository ?? 'the mirror and is nowhere else'}${listOf(refusals)}`,
    hint: `Run: bootflake flake update ${repository === undefined ? 'nixpkgs' : 'INPUT'}  to use today's packages.`,
    cause: first,
  });
}

async function transfer(
  url: string,
  wanted: WantedPackage,
  options: PackageDownloadOptions,
  headers: Record<string, string>,
): Promise<PackageDownload> {
  const { signal, onBytes, partsDir, network } = options;
  const part = takePart(partsDir, wanted.sha256, wanted.size);
  const sink = new MemorySink(wanted.size, part);
  if (part) onBytes?.(part.length);
  const http: HttpOptions = { ...httpSettings(network), signal, headers, expectedBytes: wanted.size, ...(onBytes && { onBytes }) };
  try {
    if (sink.length < wanted.size) await download(url, sink, http);
    return { bytes: sink.bytes(), url };
  } catch (error) {
    keepPart(partsDir, wanted.sha256, sink.bytes());
    throw error;
  }
}

/** Uses the machine-readable interface of snapshot.debian.org, which identifies a version's files by SHA-1. */
async function fromSnapshot(wanted: WantedPackage, options: PackageDownloadOptions): Promise<PackageDownload> {
  const { snapshot } = options.mirrors;
  const gone = (why: string, cause?: unknown) => new BootflakeError({ code: 'debian/package-gone', message: why, cause });
  try {
    const listing = `${snapshot}/mr/binary/${encodeURIComponent(wanted.name)}/${encodeURIComponent(wanted.version)}/binfiles`;
    const { bytes } = await downloadBytes(listing, { ...httpSettings(options.network), signal: options.signal, maxBytes: 1 << 20 });
    const { result } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { result: { architecture: string; hash: string }[] };
    const found = result.find(({ architecture }) => architecture === wanted.architecture);
    if (!found || !/^[0-9a-f]{40}$/.test(found.hash)) throw gone(`${snapshot} has it for no ${wanted.architecture}`);
    return await transfer(`${snapshot}/file/${found.hash}`, wanted, options, {});
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof BootflakeError && error.code === 'debian/package-gone') throw error;
    throw gone(`the snapshot archive did not provide it: ${error instanceof Error ? error.message : error}`, error);
  }
}

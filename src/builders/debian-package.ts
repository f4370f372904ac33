/**
 * builtin:debian-package: one unpacked binary package of the archive, and `nix-support/debian.json` with the facts that files in a store
 * cannot carry (see DebFacts). The .deb stays in memory; only verified data is written.
 */
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { chooseMirrors, type DebianMirrors } from '../debian/mirrors.ts';
import { isWorthElsewhere, packageError, packagePlaces, type WantedPackage } from '../debian/package-download.ts';
import { isAddress } from '../debian/repository/repository-lock.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import type { NetworkSettings } from '../system/network-settings.ts';
import type { NarDigest } from '../nix-format/nar-writer.ts';
import { isFileName } from '../tree/file-name.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { unpackInThread, warmUpThreads } from './unpack/unpack-pool.ts';
import { outputFile } from './output-file.ts';
import { attributeError, stringAttribute, type Attributes } from './attributes.ts';

export const debianPackage: BuiltinBuilder = {
  name: 'debian-package',
  kind: 'network',
  async run(context) {
    const wanted = wantedPackage(context.attrs);
    const { exclude = [] } = context.attrs;
    if (!isStrings(exclude)) throw attributeError('exclude', 'a list of strings', exclude);
    warmUpThreads(context.cores);
    const { sha256, size } = await fetchAndUnpack(context, wanted, exclude);
    return { outputs: { out: { references: [], narHash: sha256, narSize: size, canonical: true } } };
  },
};

/** Downloads from the first place whose bytes are right. */
async function fetchAndUnpack(context: BuildContext, wanted: WantedPackage, exclude: string[]): Promise<NarDigest> {
  if (context.offline) {
    throw new BootflakeError({
      code: 'debian/offline',
      message: `${wanted.name} ${wanted.version} is not in the store, and --offline forbids fetching it`,
      hint: 'Run once without --offline.',
    });
  }
  const places = packagePlaces(wanted, {
    mirrors: mirrors(context.network),
    network: context.network,
    partsDir: join(cacheDirectory(context.network?.env), 'downloads'),
    signal: context.signal,
    onBytes: (bytes) => context.progress({ type: 'advance', id: context.drvPath, bytes }),
  });
  const refusals: BootflakeError[] = [];
  for (const place of places) {
    if (place.afterWrongBytes && refusals.at(-1)?.code !== 'debian/hash-mismatch') continue;
    try {
      const { bytes, url } = await withProgress(context, wanted, () => place.get());
      return await unpackInThread(
        {
          bytes,
          url,
          sha256: wanted.sha256,
          name: wanted.name,
          version: wanted.version,
          exclude,
          target: outputFile(context),
        },
        context.cores,
        context.signal,
      );
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isWorthElsewhere(error)) throw error;
      refusals.push(error);
      context.log(error.message);
    }
  }
  throw packageError(wanted, refusals);
}

async function withProgress<T>(context: BuildContext, { name, size }: WantedPackage, work: () => Promise<T>): Promise<T> {
  const id = context.drvPath;
  context.progress({ type: 'start', id, activity: name, totalBytes: size, download: true });
  try {
    return await work();
  } finally {
    context.progress({ type: 'finish', id });
  }
}

let chosen: { key: string; mirrors: DebianMirrors } | undefined;

/** The host's apt sources are read once, not for each package. */
function mirrors({ mirror, securityMirror, env = process.env }: Partial<NetworkSettings> = {}): DebianMirrors {
  const { BOOTFLAKE_MIRROR, BOOTFLAKE_SECURITY_MIRROR, BOOTFLAKE_SNAPSHOT } = env;
  const key = JSON.stringify([mirror, securityMirror, BOOTFLAKE_MIRROR, BOOTFLAKE_SECURITY_MIRROR, BOOTFLAKE_SNAPSHOT]);
  if (chosen?.key !== key) chosen = { key, mirrors: chooseMirrors({ mirror, securityMirror, env }) };
  return chosen.mirrors;
}

/** A .deb is held in memory, allocated at once. The archive's largest have less than half of this. */
const MOST_BYTES = 2 ** 32;

function wantedPackage(attrs: Attributes): WantedPackage {
  const repository = attrs.repository === undefined ? undefined : stringAttribute(attrs, 'repository');
  if (repository !== undefined && !isAddress(repository))
    throw attributeError('repository', 'the address of an apt repository', repository);
  const archive = repository === undefined ? stringAttribute(attrs, 'archive') : 'debian';
  if (archive !== 'debian' && archive !== 'debian-security') throw attributeError('archive', "'debian' or 'debian-security'", archive);
  const sha256 = stringAttribute(attrs, 'sha256');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw attributeError('sha256', '64 digits of base 16', sha256);
  const { size } = attrs;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > MOST_BYTES)
    throw attributeError('size', `a number of bytes, at most ${MOST_BYTES}`, size);
  const filename = stringAttribute(attrs, 'filename');
  if (!filename.split('/').every(isAddressPart))
    throw attributeError('filename', 'a path below the archive, as "pool/main/h/hello/hello_1_amd64.deb"', filename);
  const part = (attribute: string): string => {
    const text = stringAttribute(attrs, attribute);
    if (isAddressPart(text)) return text;
    throw attributeError(attribute, 'of the characters that names and versions of Debian have', text);
  };
  return {
    name: part('pname'),
    version: part('version'),
    architecture: stringAttribute(attrs, 'architecture'),
    filename,
    archive,
    repository,
    sha256,
    size,
  };
}

/** A relative path that stays below the base of the address, without query or fragment. */
function isAddressPart(text: string): boolean {
  return isFileName(text) && /^[A-Za-z0-9.+~_:%@=,-]+$/.test(text);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

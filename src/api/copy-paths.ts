/** `bootflake copy`: closures between the user's store, binary caches and stores behind daemons. */
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { copyPaths as copyBetween } from '../caches/copy/copy-paths.ts';
import { openCopyDestination, openCopySource, type CopyStoreOptions } from '../caches/copy/open-copy-store.ts';
import { parsePublicKey, TrustedKeys } from '../nix-format/signature.ts';
import type { FindCompressor } from '../caches/push/packers.ts';
import { readSettings } from '../settings/settings.ts';
import { hostCores } from '../system/host-cores.ts';
import { httpSettings } from '../system/network-settings.ts';
import { toolOnPath } from '../jail/tools.ts';
import { helperPrograms } from './helper-programs.ts';
import { installablePaths, type PathsRequest } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';
import { readKeyFile } from './signing-keys.ts';

/** Each has the memory of a decoder or of a block that is compressed. */
const MOST_JOBS = 8;

export interface CopyRequest extends PathsRequest {
  /** The addresses of stores; undefined for the user's own. */
  from: string | undefined;
  to: string | undefined;
  /** Every path of the source, in place of `names`. */
  all: boolean;
  recursive: boolean;
  checkSigs: boolean;
  /** Where links to the paths named go. */
  outLink?: string | undefined;
}

/** Returns the paths that were copied. Throws `caches/...`, `network/...` and `store/...`. */
export async function copyPaths(context: PipelineContext, request: CopyRequest): Promise<string[]> {
  const { signal, onProgress, env } = context;
  const store = await openStore(context);
  const settings = readSettings(context.flake, context.env);
  const { requireSigs, trustedPublicKeys, connections, connectTimeout } = settings.substituters;
  const jobs = Math.max(1, Math.min(hostCores(), MOST_JOBS));
  const options: CopyStoreOptions = {
    store,
    http: httpSettings({ ...settings.network, connections, connectTimeout }),
    env: env ?? process.env,
    connections,
    connectTimeout,
    stalledAfter: settings.network.stalledAfter,
    checkSignatures: request.checkSigs,
    threads: jobs,
    findProgram: compressors(context),
    signal,
    readKeyFile,
  };
  const destination = openCopyDestination(request.to ?? '', options);
  store.removeAbandoned();
  try {
    if (request.outLink !== undefined && destination.uri !== undefined)
      throw new BootflakeError({
        code: 'caches/no-links',
        message: `--out-link is only for paths of this machine's store, not of '${destination.uri}'`,
      });
    const source = await openCopySource(request.from ?? '', options);
    try {
      const names = request.all
        ? await source.allPaths({ signal })
        : await installablePaths(context, store, { ...request, realise: source.uri === undefined });
      const trustedKeys = request.checkSigs && requireSigs ? new TrustedKeys(trustedPublicKeys.map(parsePublicKey)) : undefined;
      const { recursive, outLink } = request;
      const copied = await copyBetween(source, destination, names, { signal, recursive, trustedKeys, jobs, connections, onProgress });
      // As Nix numbers them.
      if (outLink !== undefined)
        names.forEach((path, i) => store.addIndirectRoot(resolve(context.cwd, `${outLink}${i > 0 ? `-${i}` : ''}`), path));
      return copied;
    } finally {
      await source.close();
    }
  } finally {
    await destination.close();
    store.flush();
    store.close();
  }
}

/** From PATH, else Debian's. */
function compressors(context: PipelineContext): FindCompressor {
  const find = helperPrograms(context);
  return async (name) => (toolOnPath(name, (context.env ?? process.env).PATH ?? '') ?? (await find(name)))?.command;
}

/** Hosts of machines other than this one. */
import { HostedMachines } from '../remote/hosted-machines.ts';
import type { LocalImages } from '../remote/local-image.ts';
import type { PipelineContext } from './pipeline.ts';

/**
 * Connects by the user's own ssh. `address`: `ssh://user@host:port`; `locals`: what several hosts share. The caller closes it. Throws
 * `remote/bad-host`, `remote/unreachable`, `remote/no-ssh`, `remote/unsupported`.
 */
export function openHost(
  { env, signal }: Pick<PipelineContext, 'env'> & { signal?: AbortSignal },
  address: string,
  locals?: LocalImages,
): Promise<HostedMachines> {
  return HostedMachines.open(address, env ?? process.env, { signal, locals });
}

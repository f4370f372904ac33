/** `bootflake store sign`: adds signatures to the records of valid paths. */
import { parseHash } from '../nix-format/hash.ts';
import { fingerprint, signText } from '../nix-format/signature.ts';
import { installablePaths, type PathsRequest } from './installable-paths.ts';
import { openStore, type PipelineContext } from './pipeline.ts';
import { readKeyFile } from './signing-keys.ts';

export interface SignRequest extends PathsRequest {
  keyFile: string;
  all: boolean;
  recursive: boolean;
}

/** Returns how many signatures were added. Throws `store/invalid-path`, `store/no-key-file` and `nix-format/bad-key`. */
export async function signPaths(context: PipelineContext, request: SignRequest): Promise<number> {
  const key = readKeyFile(request.keyFile);
  const store = await openStore(context);
  const named = request.all ? store.records.all().map(({ path }) => path) : await installablePaths(context, store, request);
  const paths = request.recursive ? store.computeClosure(named) : named;
  let added = 0;
  for (const path of paths) {
    context.signal.throwIfAborted();
    const { narHash, narSize, references } = store.validPathInfo(path);
    const signature = signText(key, fingerprint({ storePath: path, narHash: parseHash(narHash), narSize, references }));
    added += await store.addSignatures(path, [signature], context.signal);
  }
  store.flush();
  store.close();
  return added;
}

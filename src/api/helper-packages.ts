/** The tool's own helpers (qemu, those of the sandbox, compressors), from the archive like everything else, in the same store. */
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeDirectories } from '../system/file-operations.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { evaluateInstallables, openStore, realiseEvaluated, type PipelineContext } from './pipeline.ts';

/** A merged tree of the distribution's flake output `toolTrees`. */
export type HelperTree =
  | 'qemu'
  | 'bubblewrap'
  | 'busybox'
  | 'passt'
  | 'xz'
  | 'bzip2'
  | 'lz4'
  | 'python3'
  | 'tesseract'
  | 'swtpm'
  | 'virtiofsd';

const suite = 'trixie';

/**
 * Returns the physical folder of a helper's tree. A tree realised once is reused, whatever the archive contains now; `--refresh` uses the
 * newest.
 */
export async function helperTree(context: PipelineContext, name: HelperTree): Promise<string> {
  const store = await openStore(context);
  const links = join(stateDirectory(context.env), 'helpers');
  makeDirectories(links);
  const link = join(links, name);
  const present = linkTarget(link);
  if (present && !context.flake.refresh && store.isValidPath(`/nix/store/${basename(present)}`)) return present;
  context.onNote(`${name} is not on PATH: taking Debian's package into the store`);
  const flake = { ...context.flake, overrideInputs: {}, updateInputs: [], recreateLockFile: false };
  const evaluated = await evaluateInstallables({ ...context, flake }, store, [`debian/${suite}#toolTrees.x86_64-linux.${name}`]);
  const [built] = await realiseEvaluated(context, store, evaluated);
  const { out } = built?.outputs ?? {};
  if (out === undefined) throw new Error(`the helper ${name} has no output`);
  store.addIndirectRoot(link, out);
  return store.realPath(out);
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

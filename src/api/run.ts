/** `bootflake run`: resolves the user's argument to an image and boots it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { helperTree } from './helper-packages.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { build, openStore, type PipelineContext } from './pipeline.ts';
import type { GuestTerminal } from '../vm/guest-terminal.ts';
import { readImageFacts } from '../vm/image-facts.ts';
import { runImage } from '../vm/run.ts';
import { checkChoices, type RunChoices } from '../vm/run-options.ts';

export type { GuestTerminal };

export interface MachineRequest extends RunChoices {
  /** A disk image, a folder that holds one, or an installable. */
  target: string;
}

/** Returns the exit status. */
export async function runMachine(context: PipelineContext, request: MachineRequest): Promise<number> {
  checkChoices(request);
  const image = isImage(context.cwd, request.target) ? resolve(context.cwd, request.target) : await buildImage(context, request.target);
  if (request.disk !== undefined && !request.dryRun) (await openStore(context)).addDiskRoot(resolve(context.cwd, request.disk));
  return runImage({
    ...request,
    image,
    env: context.env,
    path: (context.env ?? process.env).PATH,
    stateFolder: stateDirectory(context.env),
    signal: context.signal,
    note: context.onNote,
    detail: context.onDetail,
    facts: readImageFacts(image),
    helperTree: () => helperTree(context, 'qemu'),
  });
}

/**
 * True for a file or a result link; a folder with a flake.nix is an installable. A name that ends like an image's is one even if missing,
 * as no flake id does.
 */
function isImage(cwd: string, target: string): boolean {
  if (target.includes('#') || target === '.') return false;
  const path = resolve(cwd, target);
  return existsSync(path) ? !existsSync(resolve(path, 'flake.nix')) : /\.(?:qcow2|img|raw|vmdk|vdi|vhdx?)$/.test(target);
}

async function buildImage(context: PipelineContext, installable: string): Promise<string> {
  const [built] = await build(context, [installable]);
  return built?.files.out as string;
}

/** `bootflake run`: from what the user names to an image, then to a machine. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { helperTree } from './helper-packages.ts';
import { stateDirectory } from './io/state-directory.ts';
import { build, openStore, type PipelineContext } from './pipeline.ts';
import { runImage } from './vm/run.ts';

export interface MachineRequest {
  /** A disk image, a folder that holds one, or an installable. */
  target: string;
  memory: string;
  smp?: number | undefined;
  disk?: string | undefined;
  diskSize?: string | undefined;
  forwards: string[];
  firmware: string;
  accel: string;
  exec?: string | undefined;
  user?: string | undefined;
  password: string;
  timeoutSeconds?: number | undefined;
  dryRun: boolean;
  qemuArguments: string[];
  print(line: string): void;
  /** What `exec`'s command prints, in pieces. */
  onOutput(bytes: Uint8Array): void;
  onErrorOutput(bytes: Uint8Array): void;
}

/** Answers the exit status. */
export async function runMachine(context: PipelineContext, request: MachineRequest): Promise<number> {
  const image = isImage(context.cwd, request.target) ? resolve(context.cwd, request.target) : await buildImage(context, request.target);
  if (request.disk !== undefined && !request.dryRun) (await openStore(context.onWarning)).addDiskRoot(resolve(context.cwd, request.disk));
  return runImage({
    ...request, image, path: process.env.PATH, stateFolder: stateDirectory(), signal: context.signal, note: context.onNote,
    users: await usersOf(image),
    realisePackages: () => helperTree(context, 'qemu'),
  });
}

/** A file, or a result link; a folder with a flake.nix is an installable. */
function isImage(cwd: string, target: string): boolean {
  const path = resolve(cwd, target);
  return !target.includes('#') && existsSync(path) && !existsSync(resolve(path, 'flake.nix')) && target !== '.';
}

async function buildImage(context: PipelineContext, installable: string): Promise<string> {
  const [built] = await build(context, [installable]);
  return built?.files.out as string;
}

/** The image's own word on who may log in, beside it in its store path; none for a bare file. */
async function usersOf(image: string): Promise<string[] | undefined> {
  const { readFile } = await import('node:fs/promises');
  try {
    const machine = JSON.parse(await readFile(resolve(image, 'nix-support/machine.json'), 'utf8')) as { users?: string[] };
    return machine.users;
  } catch {
    return undefined;
  }
}

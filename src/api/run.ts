/** `bootflake run`: resolves the user's argument to an image, which is booted, or a program, which is run. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { LocalStore } from '../store/local-store.ts';
import { listNames } from '../system/file-operations.ts';
import { helperTree } from './helper-packages.ts';
import { builtFolder, describedMachine, isImage } from './machine-image.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { evaluateInstallables, openStore, realiseRequests, type PipelineContext } from './pipeline.ts';
import type { GuestTerminal } from '../vm/guest-terminal.ts';
import { readImageFacts } from '../vm/image-facts.ts';
import { runImage } from '../vm/run.ts';
import { checkChoices, type RunChoices } from '../vm/run-options.ts';
import { runProgram, type ProgramRequest } from './run-program.ts';

export type { GuestTerminal };

export interface MachineRequest extends RunChoices {
  /** A disk image, a folder that holds one, or an installable. */
  target: string;
  /** Runs programs. Defaults to refusing what is no image. */
  programs?: Pick<ProgramRequest, 'passSignals'> & {
    /** Options that only machines have, as they were written. */
    machineOptions: readonly string[];
  };
}

/** Returns the exit status. */
export async function runMachine(context: PipelineContext, request: MachineRequest): Promise<number> {
  checkChoices(request);
  if (isImage(context.cwd, request.target)) return bootImage(context, request, resolve(context.cwd, request.target));
  const store = await openStore(context);
  const { programs } = request;
  const [evaluated] = await evaluateInstallables(context, store, [request.target], {}, programs ? 'run' : 'build');
  const machine = () => describedMachine(context, evaluated!);
  const boot = async () => bootImage(context, { ...request, described: machine() }, await builtFolder(context, store, evaluated!));
  const { program } = evaluated!;
  if (!programs || evaluated!.meta?.configuration !== undefined || program === undefined) {
    // Known before minutes of a build.
    checkChoices({ ...request, described: machine() });
    return boot();
  }
  const { debian } = evaluated!;
  const tree = debian && { drvPath: debian.drvPath, outputs: ['out'] };
  // An image says what it is once it is built; a tree of packages is not made for it.
  const [made] = await realiseRequests(context, store, program.requests, {});
  const out = made?.outputs.out;
  if (out !== undefined && holdsImage(store, out, program.path))
    return bootImage(context, { ...request, described: machine() }, store.realPath(out));
  const [option] = programs.machineOptions;
  if (option !== undefined)
    throw new BootflakeError({
      code: 'program/not-an-image',
      message: `${option} is for images, and '${request.target}' is a program: ${program.path}`,
      hint: 'Arguments for the program follow a --',
    });
  const usr = tree && (await realiseRequests(context, store, [tree], {}))[0]?.outputs.out;
  return runProgram(context, {
    program: program.path,
    args: request.qemuArguments,
    env: context.env ?? process.env,
    usr,
    passSignals: programs.passSignals,
  });
}

/** A build result with a disk image and without the program. */
function holdsImage(store: LocalStore, out: string, program: string): boolean {
  return !existsSync(store.realPath(program)) && listNames(store.realPath(out)).some((name) => /\.(?:qcow2|raw|img)$/.test(name));
}

async function bootImage(context: PipelineContext, request: MachineRequest, image: string): Promise<number> {
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
    companionTree: (name) => helperTree(context, name),
  });
}

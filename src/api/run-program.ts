/** Runs a program of the store on the user's terminal, as `nix run` and `nix shell` do: it seems to be this process's place. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { sandboxAdvice } from '../jail/errors.ts';
import { newRootOptions } from '../jail/new-root.ts';
import { toolOnPath } from '../jail/tools.ts';
import { STORE_FOLDER } from '../jail/description.ts';
import { findOnPath } from '../system/machine-facts.ts';
import { hostPlatform } from '../system/host-platform.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface ProgramRequest {
  /** A path, or a name to look for on PATH. */
  program: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The path in the store of a merged tree of Debian's packages, which becomes /usr. */
  usr?: string | undefined;
  /** Defaults to the context's. */
  cwd?: string | undefined;
  /** Lets `receive` have the signals of this process, which the program gets too if the terminal sends them. Returns what ends that. */
  passSignals(receive: (signal: NodeJS.Signals) => void): () => void;
}

/** Returns the exit status: 128 and the signal's number for a program that a signal ended. Throws `program/...`. */
export async function runProgram(context: PipelineContext, request: ProgramRequest): Promise<number> {
  const { program, args, env } = request;
  const cwd = request.cwd ?? context.cwd;
  const store = await openStore(context);
  const folder = store.physicalStore;
  if (folder === STORE_FOLDER && request.usr === undefined) return runHere(program, args, { env, cwd }, request);
  if (hostPlatform().system !== 'linux')
    throw new BootflakeError({
      code: 'program/not-linux',
      message: `the store is in ${folder} and not in ${STORE_FOLDER}, and only Linux can show it there to a program`,
      hint: 'Run it in a machine: bootflake run INSTALLABLE of an image.',
    });
  const bwrap = toolOnPath('bwrap', context.env?.PATH ?? process.env.PATH ?? '') ?? (await context.findTool?.('bwrap'));
  if (bwrap === undefined)
    throw new BootflakeError({
      code: 'program/no-new-root',
      message: `programs of the store need a root in which it is ${STORE_FOLDER}, which bubblewrap makes, and bwrap is not on PATH`,
      hint: "Install your distribution's package of it (Debian, Ubuntu, Fedora, Arch, Alpine: bubblewrap).",
    });
  const distribution = request.usr === undefined ? undefined : { source: store.realPath(request.usr), path: request.usr };
  const options = newRootOptions({ store: folder, distribution, cwd });
  const resets = distribution !== undefined || resetsSignals();
  const start = resets ? ['/usr/bin/env', '--default-signal=INT,QUIT', '/bin/sh'] : ['/bin/sh'];
  const command = [...bwrap.command, '--json-status-fd', '3', ...options, '--', ...start, '-c', 'exec "$@"', 'sh', program, ...args];
  // The terminal sends these to bubblewrap as well, which waits for the program and must survive them.
  const guarded = resets ? ['/bin/sh', '-c', 'trap "" INT QUIT; exec "$@"', 'sh', ...command] : command;
  return runInRoot(guarded, { env, cwd: '/' }, request);
}

let knowsReset: boolean | undefined;

/** GNU's env since coreutils 8.31 gives a program the default for signals that its parent ignores. */
function resetsSignals(): boolean {
  if (knowsReset === undefined) {
    const env = findOnPath('env', '/usr/bin');
    try {
      knowsReset = env !== undefined && readFileSync(env).includes('default-signal');
    } catch {
      knowsReset = false;
    }
  }
  return knowsReset;
}

interface Place {
  env: NodeJS.ProcessEnv;
  cwd: string;
}

async function runHere(program: string, args: readonly string[], place: Place, request: ProgramRequest): Promise<number> {
  const child = spawn(program, args, { ...place, stdio: 'inherit' });
  const end = request.passSignals((signal) => passOn(signal, child.pid));
  try {
    return statusOf(await ended(child, program));
  } finally {
    end();
  }
}

async function runInRoot([program, ...args]: string[], place: Place, request: ProgramRequest): Promise<number> {
  const child = spawn(program!, args, { ...place, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
  let report = '';
  (child.stdio[3] as Readable).setEncoding('latin1').on('data', (text: string) => {
    report += text;
  });
  const inside = (): number | undefined => Number(/"child-pid"\s*:\s*(\d+)/.exec(report)?.[1]) || child.pid;
  const end = request.passSignals((signal) => passOn(signal, inside()));
  try {
    const status = statusOf(await ended(child, program!));
    if (status === 0 || /"exit-code"/.test(report)) return status;
    // Ended by a signal together with bubblewrap.
    if (status > 128) return status;
    throw new BootflakeError({
      code: 'program/no-new-root',
      message: `bubblewrap could not make a root in which the store is ${STORE_FOLDER} (its message is above)`,
      hint: sandboxAdvice(''),
    });
  } finally {
    end();
  }
}

/** The terminal has sent an interrupt to all of its foreground processes already. */
function passOn(signal: NodeJS.Signals, pid: number | undefined): void {
  if (pid === undefined || ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY)) return;
  try {
    process.kill(pid, signal);
  } catch {
    /* It has ended. */
  }
}

type End = [status: number | null, signal: NodeJS.Signals | null];

function ended(child: ChildProcess, program: string): Promise<End> {
  return new Promise<End>((resolve, reject) => {
    child.once('close', (...end: End) => resolve(end));
    child.once('error', (error) =>
      reject(new BootflakeError({ code: 'program/cannot-start', message: `cannot run '${program}': ${error.message}`, cause: error })),
    );
  });
}

function statusOf([status, signal]: End): number {
  return status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

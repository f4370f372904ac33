/** Runs a program in a sandbox. */
import { spawn, type StdioOptions } from 'node:child_process';
import fs from 'node:fs';
import { resolve } from 'node:path';
import { hostPlatform } from '../system/host-platform.ts';
import { bwrapOptions, environmentOptions } from './bwrap-arguments.ts';
import type { JailDescription } from './description.ts';
import { endJail, jailEnd, passOn, type JailEnd } from './end.ts';
import { noSetpriv } from './errors.ts';
import { makeJailFolder } from './folder.ts';
import { builderIdentity } from './identity.ts';
import { inheritedDescriptors } from './inherited.ts';
import { outsideNetwork } from './network.ts';
import { newOutputPipe } from './output-pipe.ts';
import { syscallFilter } from './seccomp.ts';
import { stageForOwnUser, stageForRoot, type Staging } from './staging.ts';
import { startChain, startScript } from './start-script.ts';
import type { JailTools, Tool } from './tools.ts';

export interface Jail {
  /** Resolves when no process of the sandbox is left and all output has been passed on. */
  readonly ended: Promise<JailEnd>;
  /** Ends every process in the sandbox. Output after that is dropped. */
  kill(): void;
}

export interface JailOptions {
  tools: JailTools;
  /** Whether `unshare` may make namespaces here: `namespacesWork`. */
  namespaces: boolean;
  /** What passes packets on, with the network `outside`. */
  pasta?: Tool | undefined;
  /** Called with what the program writes to its standard output and error. */
  onOutput(bytes: Uint8Array): void;
}

/** Descriptors of bubblewrap: its options, its status, the syscall filter. */
const [OPTIONS, STATUS, FILTER] = [3, 4, 5];

/**
 * Makes the description's folder and starts its program. Throws `build/no-sandbox` where programs that it takes are missing; whether they
 * could make the sandbox shows at its end.
 */
export async function startJail(description: JailDescription, options: JailOptions): Promise<Jail> {
  const { tools, namespaces } = options;
  const { folder } = description;
  const identity = builderIdentity();
  if (identity && !(namespaces && tools.setpriv && tools.mount)) throw noSetpriv();
  const mounts = makeJailFolder(description, identity);
  const used = [tools.bwrap, ...(options.pasta ? [options.pasta] : [])];
  const staging = identity
    ? stageForRoot(description, mounts, used)
    : stageForOwnUser(description, mounts, used, namespaces && tools.mount !== undefined);
  writeOptions(description, staging, options);
  fs.writeFileSync(`${folder}/run/filter`, syscallFilter(hostPlatform().architecture));
  const fstab = staging.lines.length > 0 ? `${folder}/run/fstab` : undefined;
  if (fstab !== undefined) fs.writeFileSync(fstab, `${staging.lines.join('\n')}\n`);
  const [bwrap, pasta] = staging.commands;
  const command = [...(pasta ? outsideNetwork(pasta) : []), ...bwrap!, '--args', String(OPTIONS)];
  const { program, args } = description;
  const script = startScript({ parent: process.pid, fstab, identity, command, program, args }, tools);
  fs.writeFileSync(`${folder}/run/start`, script, 'latin1');
  const chain = startChain(description.system, hostPlatform().architecture, identity !== undefined, tools, namespaces);
  return start([...chain, `${folder}/run/start`], `${folder}/run`, options.onOutput, identity);
}

function writeOptions(description: JailDescription, staging: Staging, { tools, namespaces }: JailOptions): void {
  const { program, env, filterSyscalls, folder } = description;
  const words = bwrapOptions(description, {
    ...staging,
    filter: filterSyscalls ? FILTER : undefined,
    status: STATUS,
    inNamespace: namespaces,
  });
  const bytes = environmentOptions(env);
  if (tools.hasArgv0) bytes.push('--argv0', program.slice(program.lastIndexOf('/') + 1));
  const ended = (list: readonly string[]): string => list.map((word) => `${word}\0`).join('');
  fs.writeFileSync(`${folder}/run/options`, Buffer.concat([Buffer.from(ended(words)), Buffer.from(ended(bytes), 'latin1')]));
}

async function start(
  command: readonly string[],
  files: string,
  onOutput: JailOptions['onOutput'],
  owner: ReturnType<typeof builderIdentity>,
): Promise<Jail> {
  const pipe = await newOutputPipe(owner);
  let killed = false;
  // What the killed programs say of that is no output of the program.
  const output = passOn(pipe.readEnd, (bytes) => killed || onOutput(bytes));
  const descriptors = [pipe.writeEnd];
  const open = (name: string, flags: string): number => {
    const descriptor = fs.openSync(resolve(files, name), flags, 0o600);
    descriptors.push(descriptor);
    return descriptor;
  };
  try {
    const [program, ...args] = command;
    const child = spawn(program!, args, {
      cwd: '/',
      env: {},
      stdio: hidingInherited(
        ['ignore', pipe.writeEnd, pipe.writeEnd, open('options', 'r'), open('status', 'w+'), open('filter', 'r')],
        () => open('/dev/null', 'r'),
      ),
    });
    const kill = (): void => {
      killed = true;
      endJail(child);
    };
    return { ended: jailEnd(child, output, `${files}/status`), kill };
  } catch (error) {
    output.destroy();
    throw error;
  } finally {
    for (const descriptor of descriptors) fs.closeSync(descriptor);
  }
}

/** Puts an empty file in place of each descriptor that would be passed on. */
function hidingInherited(stdio: (number | 'ignore')[], empty: () => number): StdioOptions {
  const hidden = inheritedDescriptors().filter((descriptor) => descriptor >= stdio.length);
  if (hidden.length === 0) return stdio;
  const nothing = empty();
  for (const descriptor of hidden) {
    while (stdio.length < descriptor) stdio.push('ignore');
    stdio[descriptor] = nothing;
  }
  return stdio;
}

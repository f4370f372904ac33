/** Runs a program in a sandbox. */
import { spawn, type StdioOptions } from 'node:child_process';
import fs from 'node:fs';
import { hostPlatform } from '../system/host-platform.ts';
import { bwrapOptions, environmentOptions } from './bwrap-arguments.ts';
import type { JailDescription } from './description.ts';
import { endJail, jailEnd, passOn, type JailEnd } from './end.ts';
import { noSetpriv } from './errors.ts';
import { makeJailFolder } from './folder.ts';
import { builderIdentity, type HostIdentity } from './identity.ts';
import { inheritedDescriptors } from './inherited.ts';
import { newOutputPipe } from './output-pipe.ts';
import { syscallFilter } from './seccomp.ts';
import { stageForOwnUser, stageForRoot, type Staging } from './staging.ts';
import { FILTER, innerScript, startChain, startScript, STATUS } from './start-script.ts';
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

/**
 * Makes the description's folder and starts its program. Throws `build/no-sandbox` where programs that it takes are missing; whether they
 * could make the sandbox shows at its end.
 */
export async function startJail(description: JailDescription, options: JailOptions): Promise<Jail> {
  const { tools, namespaces } = options;
  const { folder } = description;
  const identity = builderIdentity();
  if (identity && !(namespaces && tools.setpriv)) throw noSetpriv();
  const mounts = makeJailFolder(description, identity);
  const used = [tools.bwrap, ...(options.pasta ? [options.pasta] : [])];
  const staging = identity ? stageForRoot(description, mounts, used) : stageForOwnUser(description, mounts, used, namespaces);
  const files = `${folder}/run`;
  const [bwrap, pasta] = staging.commands;
  const { program, args } = description;
  const mounted = staging.lines.length > 0;
  const script = {
    ...{ parent: process.pid, files, reachableFiles: `${staging.folder}/run`, mounts: mounted, namespaces, identity },
    ...{ bwrap: bwrap!, pasta, program, args },
  };
  writeOptions(description, staging, options);
  fs.writeFileSync(`${files}/filter`, syscallFilter(hostPlatform().architecture, description.system));
  fs.writeFileSync(`${files}/status`, '');
  if (mounted) fs.writeFileSync(`${files}/fstab`, `${staging.lines.join('\n')}\n`);
  fs.writeFileSync(`${files}/start`, startScript(script, tools), 'latin1');
  if (pasta) fs.writeFileSync(`${files}/inner`, innerScript(script), 'latin1');
  if (identity && pasta) shareFiles(files, identity);
  const chain = startChain(description.system, hostPlatform().architecture, identity !== undefined, tools, namespaces);
  return start([...chain, `${files}/start`], files, options.onOutput, identity);
}

/** The program's user, which then starts bubblewrap itself, reads the files; the program does not see them. */
function shareFiles(files: string, { uid, gid }: HostIdentity): void {
  for (const name of ['', '/options', '/filter', '/inner', '/status']) fs.chownSync(files + name, uid, gid);
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
  owner: HostIdentity | undefined,
): Promise<Jail> {
  const pipe = await newOutputPipe(files, owner);
  let killed = false;
  // What the killed programs say of that is no output of the program.
  const output = passOn(pipe.readEnd, (bytes) => killed || onOutput(bytes));
  try {
    const [program, ...args] = command;
    const stdio = withoutInherited(['ignore', pipe.writeEnd, pipe.writeEnd]);
    const child = spawn(program!, args, { cwd: '/', env: {}, stdio });
    const kill = (): void => {
      killed = true;
      endJail(child);
    };
    return { ended: jailEnd(child, output, files, onOutput), kill };
  } catch (error) {
    output.destroy();
    throw error;
  } finally {
    fs.closeSync(pipe.writeEnd);
  }
}

let nothing: number | undefined;

/** Puts an empty file in place of each descriptor that would be passed on. */
function withoutInherited(stdio: (number | 'ignore')[]): StdioOptions {
  for (const descriptor of inheritedDescriptors()) {
    nothing ??= fs.openSync('/dev/null', 'r');
    while (stdio.length < descriptor) stdio.push('ignore');
    stdio[descriptor] = nothing;
  }
  return stdio;
}

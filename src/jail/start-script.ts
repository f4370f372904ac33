/**
 * The chain of programs that makes a sandbox, each of which becomes the next:
 *
 *     setpriv --pdeathsig KILL   dies with us
 *     setarch -R                 no address randomisation, and i686 by personality
 *     unshare --pid --fork       a process namespace, which ends with its first process: nothing in it can be left behind
 *     sh                         the script below, which is that first process
 *     pasta                      a network, for a fixed output; starts a second script
 *     bwrap                      the sandbox, in a second process namespace
 *
 * Where unshare may make no namespaces (Ubuntu allows them to bubblewrap alone), `sh` follows `setarch`, and bubblewrap's own first process
 * guards the others.
 */
import type { HostIdentity } from './identity.ts';
import { outsideNetwork } from './network.ts';
import type { JailTools } from './tools.ts';

/** Descriptors of bubblewrap: its options, its status, the syscall filter. */
export const [OPTIONS, STATUS, FILTER] = [3, 4, 5] as const;

export interface StartScript {
  /** The process that must be alive. */
  parent: number;
  /** The run's files: `options`, `status`, `filter`, `fstab`, `network` (what pasta says) and the scripts. */
  files: string;
  /** The same for the program's user. */
  reachableFiles: string;
  /** Whether there is anything to mount. */
  mounts: boolean;
  namespaces: boolean;
  identity: HostIdentity | undefined;
  bwrap: readonly string[];
  pasta: readonly string[] | undefined;
  program: string;
  args: readonly string[];
}

/** Returns the first script's text, as a byte string. */
export function startScript(request: StartScript, tools: JailTools): string {
  const { parent, files, mounts, namespaces, identity, pasta } = request;
  const drop = identity
    ? [tools.setpriv!, '--reuid', `${identity.uid}`, '--regid', `${identity.gid}`, '--clear-groups', '--pdeathsig', 'KILL', '--']
    : [];
  // pasta looks up the network of its child by number.
  const ownProcesses = pasta !== undefined && namespaces;
  const network =
    pasta && `${words([...outsideNetwork(pasta), tools.sh, `${request.reachableFiles}/inner`])} 2>${words([`${files}/network`])}`;
  return lines(
    // When we ended before the death signal was set.
    `[ -d /proc/${parent} ] || exit 1`,
    'ulimit -S -c 0',
    'umask 022',
    // Looking for links in the paths, which the kernel does too, takes two thirds of its time.
    mounts && `${words([tools.mount!, '--no-canonicalize', '-a', '-T', `${files}/fstab`])} || exit 1`,
    ownProcesses && `${words([tools.mount!, '-t', 'proc', 'proc', '/proc'])} || exit 1`,
    `exec ${words(drop)} ${network ?? sandbox(request, files)}`,
  );
}

/** Returns the script that pasta starts, which has closed all descriptors. */
export function innerScript(request: StartScript): string {
  return lines('exec 2>&1', `exec ${sandbox(request, request.reachableFiles)}`);
}

function sandbox({ bwrap, program, args }: StartScript, files: string): string {
  const redirected = [`${OPTIONS}<`, `${STATUS}>`, `${FILTER}<`].map(
    (to, i) => to + words([`${files}/${['options', 'status', 'filter'][i]}`]),
  );
  return `${words([...bwrap, '--args', `${OPTIONS}`])} -- ${words([program, ...args], 'bytes')} ${redirected.join(' ')}`;
}

/** Returns the programs before the script. */
export function startChain(system: string, architecture: string, asRoot: boolean, tools: JailTools, namespaces: boolean): string[] {
  return [
    ...(tools.setpriv ? [tools.setpriv, '--pdeathsig', 'KILL', '--'] : []),
    ...(tools.setarch ? [tools.setarch, system === 'i686-linux' ? 'i686' : kernelName(architecture), '-R'] : []),
    ...(namespaces ? [tools.unshare!, ...(asRoot ? [] : ['--map-root-user']), '--mount', '--pid', '--fork', '--kill-child', '--'] : []),
    tools.sh,
  ];
}

/** The kernel's name of Node's architecture. */
function kernelName(architecture: string): string {
  return { x64: 'x86_64', arm64: 'aarch64' }[architecture] ?? architecture;
}

function lines(...texts: (string | false)[]): string {
  return texts
    .filter((text) => text !== false)
    .map((text) => `${text}\n`)
    .join('');
}

/** Words of a shell's command line. Paths of the host are text, those of derivations bytes already. */
function words(texts: readonly string[], form: 'text' | 'bytes' = 'text'): string {
  return texts.map((text) => `'${(form === 'text' ? Buffer.from(text).toString('latin1') : text).replaceAll("'", `'\\''`)}'`).join(' ');
}

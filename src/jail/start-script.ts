/**
 * The chain of programs that makes a sandbox, each of which becomes the next:
 *
 *     setpriv --pdeathsig KILL   dies with us
 *     setarch -R                 no address randomisation, and i686 by personality
 *     unshare --pid --fork       a process namespace, which ends with its first process: nothing in it can be left behind
 *     sh                         the script below, which is that first process
 *     bwrap                      the sandbox, in a second process namespace
 *
 * Where unshare may make no namespaces (Ubuntu allows them to bubblewrap alone), `sh` follows `setarch`, and bubblewrap's own first process
 * guards the others.
 */
import type { HostIdentity } from './identity.ts';
import type { JailTools } from './tools.ts';

export interface StartScript {
  /** The process that must be alive. */
  parent: number;
  /** The file for `mount -a`. */
  fstab: string | undefined;
  identity: HostIdentity | undefined;
  /** bubblewrap with its options, and what comes before it. */
  command: readonly string[];
  program: string;
  args: readonly string[];
}

/** Returns the script's text, as a byte string. */
export function startScript({ parent, fstab, identity, command, program, args }: StartScript, tools: JailTools): string {
  const drop = identity
    ? [tools.setpriv!, '--reuid', `${identity.uid}`, '--regid', `${identity.gid}`, '--clear-groups', '--pdeathsig', 'KILL', '--']
    : [];
  return [
    // When we ended before the death signal was set.
    `[ -d /proc/${parent} ] || exit 1`,
    'ulimit -S -c 0',
    'umask 022',
    ...(fstab === undefined ? [] : [`${words([tools.mount!, '-a', '-T', fstab])} || exit 1`]),
    `exec ${words([...drop, ...command])} -- ${words([program, ...args], 'bytes')}`,
    '',
  ].join('\n');
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

/** Words of a shell's command line. Paths of the host are text, those of derivations bytes already. */
function words(texts: readonly string[], form: 'text' | 'bytes' = 'text'): string {
  return texts.map((text) => `'${(form === 'text' ? Buffer.from(text).toString('latin1') : text).replaceAll("'", `'\\''`)}'`).join(' ');
}

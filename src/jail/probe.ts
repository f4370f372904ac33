/** Whether this machine can make sandboxes, found by making one. */
import { probeProgram } from '../system/child-process.ts';
import { BootflakeError } from '../base/errors.ts';
import { noSandbox } from './errors.ts';
import { builderIdentity } from './identity.ts';
import { findJailTools, type FindTool, type JailTools } from './tools.ts';

/** Milliseconds. */
const PATIENCE = 20_000;

let works: Promise<boolean> | undefined;

/** Returns whether `unshare` may make the namespaces of a sandbox, or bubblewrap has to; found once for the process. */
export function namespacesWork({ unshare, mount }: JailTools): Promise<boolean> {
  works ??= tryNamespaces(mount && unshare);
  return works;
}

async function tryNamespaces(unshare: string | undefined): Promise<boolean> {
  if (unshare === undefined) return false;
  const user = builderIdentity() ? [] : ['--map-root-user'];
  const tried = await probeProgram([unshare, ...user, '--mount', '--pid', '--fork', '--kill-child', '--', '/bin/sh', '-c', ':'], PATIENCE);
  return tried !== 'timeout' && tried.status === 0;
}

export interface SandboxFinding {
  works: boolean;
  /** What was found. */
  finding: string;
  /** What allows a sandbox. */
  advice?: string;
}

/** Makes a sandbox as builders get it, around a program of the host. Says how to allow it where that fails. */
export async function probeSandbox(path: string, findTool?: FindTool): Promise<SandboxFinding> {
  try {
    const tools = await findJailTools(path, findTool);
    const reason = await tryBubblewrap(tools);
    if (reason === undefined) return { works: true, finding: `${tools.bwrap.command.at(-1)} makes sandboxes for builders` };
    throw noSandbox(reason);
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    return { works: false, finding: error.message, ...(error.hint !== undefined && { advice: error.hint }) };
  }
}

/** Returns what bubblewrap wrote when it failed. */
async function tryBubblewrap(tools: JailTools): Promise<string | undefined> {
  const identity = builderIdentity();
  const drop =
    identity && tools.setpriv ? [tools.setpriv, '--reuid', `${identity.uid}`, '--regid', `${identity.gid}`, '--clear-groups', '--'] : [];
  const namespaces = [
    '--unshare-user',
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-uts',
    '--unshare-net',
    '--uid',
    '1000',
    '--gid',
    '100',
  ];
  const files = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'];
  const tried = await probeProgram([...drop, ...tools.bwrap.command, ...namespaces, ...files, '--', '/bin/sh', '-c', ':'], PATIENCE);
  if (tried === 'timeout') return 'bwrap did not end in time';
  return tried.status === 0 ? undefined : tried.errors;
}

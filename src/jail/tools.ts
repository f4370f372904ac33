/** The programs that make a sandbox: bubblewrap, and util-linux's where they are. */
import { realpathSync } from 'node:fs';
import { findOnPath } from '../system/machine-facts.ts';
import { outputOfProgram } from '../system/child-process.ts';
import { noBubblewrap } from './errors.ts';

/** A program, from PATH or from a tree of Debian's packages. */
export interface Tool {
  /** The program and the arguments before its own. */
  command: readonly string[];
  /** The folder that holds all of it, if it is a tree of packages. */
  tree?: string;
}

/** Returns a tool by the name of its program; undefined where there is none. */
export type FindTool = (name: 'bwrap' | 'busybox' | 'pasta') => Promise<Tool | undefined>;

export interface JailTools {
  bwrap: Tool;
  /** bubblewrap's option to name the program as its caller does; since 0.9. */
  hasArgv0: boolean;
  sh: string;
  /** These of util-linux; undefined where they are missing, or only busybox's. */
  unshare: string | undefined;
  setpriv: string | undefined;
  setarch: string | undefined;
  mount: string | undefined;
}

/** Where system programs are, if a user's PATH lacks those folders. */
const systemFolders = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Milliseconds that a program may take to describe itself. */
const PATIENCE = 10_000;

/** Looks on PATH only. */
export function toolOnPath(name: string, path: string): Tool | undefined {
  const found = findOnPath(name, `${path}:${systemFolders}`);
  return found === undefined ? undefined : { command: [found] };
}

/** Finds the programs. Throws `build/no-sandbox` without bubblewrap. */
export async function findJailTools(path: string, findTool?: FindTool): Promise<JailTools> {
  const bwrap = toolOnPath('bwrap', path) ?? (await findTool?.('bwrap'));
  if (bwrap === undefined) throw noBubblewrap();
  const [program, ...before] = bwrap.command;
  const help = (await outputOfProgram([program!, ...before, '--help'], PATIENCE)) ?? '';
  return {
    bwrap,
    hasArgv0: /^\s*--argv0\b/m.test(help),
    sh: '/bin/sh',
    unshare: utilLinux('unshare', path),
    setpriv: utilLinux('setpriv', path),
    setarch: utilLinux('setarch', path),
    mount: utilLinux('mount', path),
  };
}

/** Those of busybox lack options that are needed. */
function utilLinux(name: string, path: string): string | undefined {
  const found = findOnPath(name, `${path}:${systemFolders}`);
  return found === undefined || realpathSync(found).endsWith('/busybox') ? undefined : found;
}

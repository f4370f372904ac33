import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';
import type { JailDescription } from '../../src/jail/description.ts';
import { findJailTools, toolOnPath, type JailTools, type Tool } from '../../src/jail/tools.ts';
import { namespacesWork } from '../../src/jail/probe.ts';
import { startJail } from '../../src/jail/run.ts';
import type { JailEnd } from '../../src/jail/end.ts';
import { removeJailFolder } from '../../src/jail/folder.ts';
import { toolInTree } from '../../src/jail/tool-tree.ts';

/** The description of a shell script, whose folder is `folder`. */
export function described(folder: string, script: string, more: Partial<JailDescription> = {}): JailDescription {
  return {
    folder,
    buildDirectory: '/build',
    inputs: [],
    program: '/bin/sh',
    args: ['-c', `run() { applet=$1; shift; (exec -a $applet /bin/sh "$@"); }\n${script}`],
    env: new Map([['PATH', '/path-not-set']]),
    files: new Map(),
    network: 'none',
    binds: [{ target: '/bin/sh', source: toolOnPath('busybox', process.env.PATH ?? '')!.command[0]! }],
    hostFiles: false,
    system: 'x86_64-linux',
    filterSyscalls: true,
    sharedMemory: '50%',
    ...more,
  };
}

export interface Ran extends JailEnd {
  output: string;
}

/** Runs it, and removes its folder. */
export async function runJail(
  description: JailDescription,
  options: { tools?: JailTools; namespaces?: boolean; pasta?: Tool | undefined } = {},
): Promise<Ran> {
  const tools = options.tools ?? (await findJailTools(process.env.PATH ?? ''));
  let output = '';
  try {
    const jail = await startJail(description, {
      tools,
      namespaces: options.namespaces ?? (await namespacesWork(tools)),
      pasta: options.pasta,
      onOutput: (bytes) => (output += Buffer.from(bytes).toString('utf8')),
    });
    return { ...(await jail.ended), output };
  } finally {
    await removeJailFolder(description.folder);
  }
}

const packages = { bwrap: 'bubblewrap', busybox: 'busybox', pasta: 'passt' };

/** A tool of Debian's packages, taken into our store; a skip where the archive is out of reach. */
export function debianTool(t: TestContext, name: 'bwrap' | 'busybox' | 'pasta'): Tool {
  const built = spawnSync(
    process.execPath,
    ['dist/bootflake.js', 'build', `debian/trixie#toolTrees.x86_64-linux.${packages[name]}`, '--no-link', '--print-out-paths'],
    { encoding: 'utf8', timeout: 180_000 },
  );
  const tree = built.stdout.trim();
  const tool = built.status === 0 ? toolInTree(tree, name) : undefined;
  if (tool) return tool;
  t.skip(`Debian's package of ${name} cannot be fetched`);
  throw new Error(dirname(tree) + built.stderr);
}

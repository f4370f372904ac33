/** Programs that PATH lacks, from Debian's packages in our own store: those of the sandbox, and compressors. */
import type { Tool } from '../jail/tools.ts';
import { toolInTree } from '../jail/tool-tree.ts';
import { hostPlatform } from '../system/host-platform.ts';
import type { PipelineContext } from './pipeline.ts';

const trees = { bwrap: 'bubblewrap', busybox: 'busybox', pasta: 'passt', xz: 'xz', bzip2: 'bzip2', lz4: 'lz4' } as const;

export type HelperProgram = keyof typeof trees;

/** Returns a function that finds a program in its package, which is fetched when it is first needed. */
export function helperPrograms(context: PipelineContext): (name: HelperProgram) => Promise<Tool | undefined> {
  const found = new Map<string, Promise<Tool | undefined>>();
  return (name) => {
    const known = found.get(name) ?? find(context, name);
    found.set(name, known);
    return known;
  };
}

/** Without the network or the archive there is none; the caller then says what to install. */
async function find(context: PipelineContext, name: HelperProgram): Promise<Tool | undefined> {
  const { system, architecture } = hostPlatform();
  if (system !== 'linux' || architecture !== 'x64') return undefined;
  const { helperTree } = await import('./helper-packages.ts');
  try {
    return toolInTree(await helperTree(context, trees[name]), name);
  } catch (error) {
    context.onWarning(`cannot take Debian's package ${trees[name]} into the store: ${(error as Error).message}`);
    return undefined;
  }
}

import type { RepairResult, StoreProblem } from '../../api/repair-store.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

const verify: CommandSpec = {
  name: 'store verify',
  summary: 'check that every path of the store exists and is intact',
  examples: [
    ['bootflake store verify', 'existence of each path'],
    ['bootflake store verify --check-contents', "each path's bytes too"],
    ['bootflake store verify --check-contents --repair', 'fetch or build again what is damaged or missing'],
  ],
  configure(command) {
    addFlakeOptions(command)
      .option('--check-contents', 'read and hash every path')
      .option('--repair', 'fetch what is damaged from binary caches, else build it again')
      .option('--json', 'print as JSON');
  },
  async run(terminal, options) {
    return verifyAndRepair(terminal, options, { checkContents: Boolean(options.checkContents), repair: Boolean(options.repair) });
  },
};

const repair: CommandSpec = {
  name: 'store repair',
  summary: 'check store paths, and fetch or build again what is damaged',
  args: '<paths...>',
  examples: [['bootflake store repair /nix/store/...-hello-2.12', 'replaced as a whole, or left as it is']],
  description:
    'What a path refers to is not checked. A path that no binary cache has and no derivation in the store makes cannot be repaired.',
  configure: (command) => void addFlakeOptions(command).option('--json', 'print as JSON'),
  async run(terminal, options, args) {
    const { registeredPaths } = await import('../../api/repair-store.ts');
    const paths = await registeredPaths(pipelineContext(terminal, readFlakeOptions(options)), args);
    return verifyAndRepair(terminal, options, { checkContents: true, repair: true, paths });
  },
};

/** Returns the exit status: 1 if a problem is left. */
async function verifyAndRepair(
  terminal: Terminal,
  options: Record<string, unknown>,
  request: { checkContents: boolean; repair: boolean; paths?: string[] },
): Promise<number> {
  const { verifyStore } = await import('../../api/pipeline.ts');
  const { checkContents, paths } = request;
  const { checked, problems } = await verifyStore({
    checkContents,
    signal: terminal.signal,
    ...(paths && { paths }),
    onPath: (path) => terminal.detail?.(`checking path '${path}'`),
  });
  if (!options.json) for (const { message } of problems) terminal.note(message);
  const result = request.repair && problems.length > 0 ? await repaired(terminal, options, problems) : undefined;
  if (options.json) terminal.print(JSON.stringify({ checked, problems: problems.map(({ message }) => message), ...result }, null, 2));
  const done = result ? `, ${result.repaired.length} paths repaired` : '';
  terminal.note(`${checked} paths checked, ${problems.length} problems${done}`);
  return problems.length > 0 && (!result || result.unrepaired.length > 0) ? 1 : 0;
}

async function repaired(terminal: Terminal, options: Record<string, unknown>, problems: StoreProblem[]): Promise<RepairResult> {
  const { repairStore } = await import('../../api/repair-store.ts');
  const result = await repairStore(pipelineContext(terminal, readFlakeOptions(options)), problems);
  for (const path of result.repaired) terminal.note(`repaired path '${path}'`);
  for (const path of result.removed) terminal.note(`removed '${path}', which is made again when its expression is evaluated`);
  for (const { path, reason } of result.unrepaired) terminal.warn(`cannot repair path '${path}': ${reason}`, 'error');
  return result;
}

export const storeCommands = [verify, repair];

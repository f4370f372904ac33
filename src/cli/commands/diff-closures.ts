import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { addInstallableOptions, readFlakeOptions, readInstallableOptions } from '../options.ts';
import { standardOutput } from '../output.ts';

const diff: CommandSpec = {
  name: 'store diff-closures',
  summary: 'show what packages and versions differ between two closures',
  args: '<before> <after>',
  examples: [['bootflake store diff-closures ./result-before ./result', 'what an update changed, and by how many bytes']],
  description:
    'Names without a change are left out, and so are changes of less than 8 KiB. ∅: the package is not there; ε: it has no version.',
  configure: (command) => void addInstallableOptions(command),
  async run(terminal, options, [before = '', after = '']) {
    const { diffClosures } = await import('../../api/diff-closures.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    for (const { name, removed, added, sizeChange } of await diffClosures(context, { ...readInstallableOptions(options), before, after })) {
      const changes = removed.length + added.length > 0 ? [`${versions(removed)} → ${versions(added)}`] : [];
      if (sizeChange !== undefined) changes.push(sizeText(sizeChange));
      terminal.print(`${name}: ${changes.join(', ')}`);
    }
  },
};

function versions(list: readonly string[]): string {
  return list.length === 0
    ? '∅'
    : list
        .map((version) => version || 'ε')
        .sort()
        .join(', ');
}

function sizeText(change: number): string {
  const text = `${change < 0 ? '-' : ''}${formatBytes(Math.abs(change))}`;
  return standardOutput.colours ? `\x1b[${change > 0 ? 31 : 32};1m${text}\x1b[0m` : text;
}

export const storeCommands = [diff];

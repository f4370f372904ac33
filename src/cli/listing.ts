/** What `store ls` and `nar ls` have in common: their options, and how a tree is printed. */
import type { Command } from 'commander';
import type { ListedNode } from '../api/listing.ts';
import type { Terminal } from './terminal.ts';

export function addListOptions(command: Command): void {
  command
    .option('-R, --recursive', 'list folders below too')
    .option('-l, --long', 'show modes, sizes and targets of symlinks')
    .option('-d, --directory', 'show the folder itself')
    .option('--json', 'print as JSON');
}

/** `name`: by which the node was found. */
export async function printListing(terminal: Terminal, node: ListedNode, name: string, options: Record<string, unknown>): Promise<void> {
  const { listJson, listLines } = await import('../api/listing.ts');
  const [recursive, long, directory] = [options.recursive, options.long, options.directory].map(Boolean) as [boolean, boolean, boolean];
  if (options.json) return terminal.print(listJson(node, { recursive }));
  for (const line of listLines(node, name, { recursive, long, directory })) terminal.print(line);
}

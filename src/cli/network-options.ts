import type { Command } from 'commander';
import { collect } from './options.ts';

/** The network cards of a machine. */
export function addCardOptions(command: Command): Command {
  return command
    .option('--mac <address>', 'the MAC address of its first network card')
    .option('--bridge <name>', 'a card on a bridge of this host (repeatable)', collect)
    .option('--tap <name>', 'a card at a tap of this host (repeatable)', collect)
    .option('--no-user-network', "leave out qemu's own network");
}

/** The options of `shell` and `develop` about the environment of the program, with Nix's names. */
import type { Command } from 'commander';
import { BootflakeError } from '../base/errors.ts';
import { collect } from './options.ts';

/** `joinPairs` makes the two words of --set-env-var one. */
export function addEnvironmentOptions(command: Command): Command {
  return command
    .option('-i, --ignore-env', 'clear the environment, but for what --keep-env-var names')
    .option('-k, --keep-env-var <name>', 'keep this variable (repeatable)', collect)
    .option('-u, --unset-env-var <name>', 'remove this variable (repeatable)', collect)
    .option('-s, --set-env-var <name> <value>', 'set this variable (repeatable)', collect);
}

/** Returns the program's environment. Throws `cli/bad-environment`. */
export function chosenEnvironment(options: Record<string, unknown>, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const [kept, unset] = [options.keepEnvVar, options.unsetEnvVar].map((names) => (names ?? []) as string[]) as [string[], string[]];
  const set = ((options.setEnvVar ?? []) as string[]).map((pair) => pair.split('\0') as [string, string]);
  if (kept.length > 0 && !options.ignoreEnv) throw badEnvironment('--keep-env-var does not make sense without --ignore-env');
  if (unset.length > 0 && options.ignoreEnv) throw badEnvironment('--unset-env-var does not make sense with --ignore-env');
  const both = unset.find((name) => set.some(([other]) => other === name));
  if (both !== undefined) throw badEnvironment(`Cannot unset environment variable '${both}' that is set with '--set-env-var'`);
  const chosen = Object.entries(env).filter(([name]) => (options.ignoreEnv ? kept.includes(name) : !unset.includes(name)));
  return Object.fromEntries([...chosen, ...set]);
}

function badEnvironment(message: string): BootflakeError {
  return new BootflakeError({ code: 'cli/bad-environment', message });
}

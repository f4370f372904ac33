/**
 * What to write in place of an option that a command does not have: one of Nix's settings, each of which Nix's commands take as an
 * option, or an option of another command.
 */
import { isUsedSetting } from '../settings/known-settings.ts';

/** Options of other commands, by the command and the option. */
const elsewhere: Record<string, string> = {
  'run --network': '(machines on private networks have names: bootflake vm create NAME INSTALLABLE --network NETWORK --start)',
};

/** As `settingHint`, also for an option that another command has. */
export function optionHint(command: string | undefined, message: string): string | undefined {
  const option = /'(--[a-z-]+)(?:=.*)?'/.exec(message)?.[1];
  return elsewhere[`${command} ${option}`] ?? settingHint(message);
}

/** `message`: that of an unknown option, which it names. Returns undefined if that is no setting which has an effect. */
function settingHint(message: string): string | undefined {
  const [, no, name] = /'--(no-)?([a-z0-9-]+)(?:=.*)?'/.exec(message) ?? [];
  if (name === undefined || !isUsedSetting(name)) return undefined;
  return `(${name} is a setting: --option ${name} ${no === undefined ? 'VALUE' : 'false'})`;
}

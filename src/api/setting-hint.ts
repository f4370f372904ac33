/** What to write for a setting of Nix that is given as an option of its own, as Nix's commands take every setting. */
import { isUsedSetting } from '../settings/known-settings.ts';

/** `message`: that of an unknown option, which it names. Returns undefined if that is no setting which has an effect. */
export function settingHint(message: string): string | undefined {
  const [, no, name] = /'--(no-)?([a-z0-9-]+)(?:=.*)?'/.exec(message) ?? [];
  if (name === undefined || !isUsedSetting(name)) return undefined;
  return `(${name} is a setting: --option ${name} ${no === undefined ? 'VALUE' : 'false'})`;
}

/** Decides which settings of a flake's `nixConfig` apply, as Nix does: harmless ones, trusted ones, and those that the user allows. */
import { visibleLine } from '../base/control-characters.ts';
import { shortened } from '../base/shortened.ts';
import { saveTrust, savedTrust, trustedSettingsPath } from '../flake/trusted-settings.ts';
import type { SettingEntry } from '../settings/nix-conf.ts';

/** Asks a yes-or-no question. Returns undefined without a user to answer. */
export type Confirm = (question: string) => Promise<boolean | undefined>;

export interface FlakeSettingsOptions {
  /** The setting `accept-flake-config`. */
  acceptAll: boolean;
  env: NodeJS.ProcessEnv | undefined;
  confirm: Confirm | undefined;
  onNote(line: string): void;
  onWarning(line: string): void;
}

/** The settings that any flake may set. */
const harmless = new Set([
  'bash-prompt',
  'bash-prompt-prefix',
  'bash-prompt-suffix',
  'flake-registry',
  'commit-lock-file-summary',
  'commit-lockfile-summary',
]);

/** Characters of a value in a question: what one line of a terminal can show is what a user can judge. */
const MOST_SHOWN = 2000;

/** Returns those that apply. Throws `flake/bad-trusted-settings`. */
export async function acceptedSettings(entries: readonly SettingEntry[], options: FlakeSettingsOptions): Promise<SettingEntry[]> {
  const accepted: SettingEntry[] = [];
  for (const entry of entries) if (await isAccepted(entry, options)) accepted.push(entry);
  return accepted;
}

async function isAccepted([name, value]: SettingEntry, options: FlakeSettingsOptions): Promise<boolean> {
  if (options.acceptAll || harmless.has(name.replace(/^extra-/, ''))) return true;
  const { env, confirm, onNote, onWarning } = options;
  const [shownName, shownValue] = [visibleLine(shortened(name, MOST_SHOWN)), visibleLine(shortened(value, MOST_SHOWN))];
  const saved = savedTrust(name, value, env);
  let trusted = saved ?? false;
  if (saved !== undefined) onNote(`Using saved setting for '${shownName} = ${shownValue}' from ${trustedSettingsPath(env)}.`);
  else {
    const answer = await confirm?.(`do you want to allow configuration setting '${shownName}' to be set to '${shownValue}' (y/N)?`);
    trusted = answer ?? false;
    if (
      answer !== undefined &&
      (await confirm?.(`do you want to permanently mark this value as ${trusted ? 'trusted' : 'untrusted'} (y/N)?`))
    )
      saveTrust(name, value, trusted, env);
  }
  if (!trusted) onWarning(`ignoring untrusted flake configuration setting '${shownName}'.\nPass '--accept-flake-config' to trust it`);
  return trusted;
}

/** What users have decided for good about settings of flakes, in the file where Nix keeps it: name, value, whether it is trusted. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { flakeError } from '../base/flake-error.ts';
import { readText } from '../system/file-operations.ts';
import { writeFileAtomic } from '../system/files.ts';

const schema = v.record(v.string(), v.record(v.string(), v.boolean()));
type TrustedSettings = v.InferOutput<typeof schema>;

export function trustedSettingsPath(env: NodeJS.ProcessEnv = process.env): string {
  const folder = env.NIX_DATA_HOME || join(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local/share'), 'nix');
  return join(folder, 'trusted-settings.json');
}

/** Returns undefined when nothing was decided. Throws `flake/bad-trusted-settings`. */
export function savedTrust(name: string, value: string, env?: NodeJS.ProcessEnv): boolean | undefined {
  return readTrustedSettings(env).get(name)?.get(value);
}

/** Throws `flake/bad-trusted-settings`. */
export function saveTrust(name: string, value: string, trusted: boolean, env?: NodeJS.ProcessEnv): void {
  const all = readTrustedSettings(env);
  all.set(name, new Map(all.get(name)).set(value, trusted));
  const sorted = <T>(map: Map<string, T>, of: (value: T) => unknown): Record<string, unknown> =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, of(each)]));
  const path = trustedSettingsPath(env);
  const text = JSON.stringify(sorted(all, (values) => sorted(values, (one) => one)));
  try {
    writeFileAtomic(path, [Buffer.from(text)]);
  } catch (error) {
    throw flakeError('bad-trusted-settings', `'${path}' cannot be written: ${(error as Error).message}`, 'Make it writable.', error);
  }
}

/** As maps: the names and values come from flakes. */
function readTrustedSettings(env?: NodeJS.ProcessEnv): Map<string, Map<string, boolean>> {
  const path = trustedSettingsPath(env);
  const text = readText(path, 'utf8');
  if (text === undefined) return new Map();
  let parsed: TrustedSettings;
  try {
    parsed = v.parse(schema, JSON.parse(text));
  } catch (error) {
    throw flakeError(
      'bad-trusted-settings',
      `'${path}' is not a list of trusted settings: ${(error as Error).message}`,
      `Write {} into it, or remove it: rm ${path}`,
      error,
    );
  }
  return new Map(Object.entries(parsed).map(([name, values]) => [name, new Map(Object.entries(values))]));
}

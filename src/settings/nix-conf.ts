/**
 * nix.conf as Nix reads it: `name = value` lines, `#` comments, `include FILE` and `!include FILE` (which may be missing). The system's
 * file first, then the user's, then NIX_CONFIG, then the command line: the last word counts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { flakeError } from '../base/flake-error.ts';

export type SettingEntry = readonly [name: string, value: string];

/** Returns all settings in order. Throws `flake/bad-settings`. */
export function readNixConf(env: NodeJS.ProcessEnv = process.env): SettingEntry[] {
  const entries: SettingEntry[] = [];
  for (const file of [join(systemFolder(env), 'nix.conf'), ...userFiles(env)]) {
    const text = textOf(file);
    if (text !== undefined) entries.push(...parseNixConf(text, file));
  }
  if (env.NIX_CONFIG !== undefined) entries.push(...parseNixConf(env.NIX_CONFIG, 'NIX_CONFIG'));
  return entries;
}

/** The folder of the system's nix.conf, registry.json and netrc. */
export function systemFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.NIX_CONF_DIR || '/etc/nix';
}

/** The folder of the user's nix.conf and registry.json. */
export function userFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.NIX_CONFIG_HOME || join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'nix');
}

/** The lowest priority first. */
function userFiles(env: NodeJS.ProcessEnv): string[] {
  if (env.NIX_USER_CONF_FILES !== undefined) return env.NIX_USER_CONF_FILES.split(':').filter(Boolean).reverse();
  const shared = (env.XDG_CONFIG_DIRS || '/etc/xdg')
    .split(':')
    .filter(Boolean)
    .map((folder) => join(folder, 'nix'));
  return [userFolder(env), ...shared].map((folder) => join(folder, 'nix.conf')).reverse();
}

/** `file` is for messages, and the base of includes. */
export function parseNixConf(text: string, file: string): SettingEntry[] {
  const entries: SettingEntry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line
      .replace(/#.*/, '')
      .split(/[ \t\r]+/)
      .filter(Boolean);
    const [name, operator, ...value] = words;
    if (name === undefined) continue;
    if (name === 'include' || name === '!include') {
      if (words.length !== 2) throw syntaxError(line, file, index);
      entries.push(...includedEntries(resolve(dirname(file), operator as string), file, name === '!include'));
    } else if (operator !== '=') throw syntaxError(line, file, index);
    else entries.push([name, value.join(' ')]);
  }
  return entries;
}

function includedEntries(path: string, from: string, mayMiss: boolean): SettingEntry[] {
  if (!existsSync(path)) {
    if (mayMiss) return [];
    throw flakeError('bad-settings', `file '${path}' included from '${from}' not found`, '!include  lets a file be missing');
  }
  return parseNixConf(textOf(path) ?? '', path);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function syntaxError(line: string, file: string, index: number): Error {
  return flakeError(
    'bad-settings',
    `syntax error in configuration line '${line}' in '${file}', line ${index + 1}`,
    'Use the form: name = value',
  );
}

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { BootflakeError } from '../base/errors.ts';
import type { FlakeOptions } from '../api/pipeline.ts';
import { readStandardInput } from '../system/standard-input.ts';
import { commonOptions, flakeOptions } from './help.ts';
import { logFormats } from './log/log.ts';

/** Nix's options with two arguments; commander supports only one, so the pair is passed as one word, separated by NUL. */
const pairOptions = new Set([
  '--override-input',
  '--override-flake',
  '--option',
  '--arg',
  '--argstr',
  '--arg-from-file',
  '-s',
  '--set-env-var',
]);

export function joinPairs(words: string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    if (!pairOptions.has(word)) {
      joined.push(word);
      continue;
    }
    const [first, second] = [words[i + 1], words[i + 2]];
    if (first === undefined || second === undefined) {
      throw new BootflakeError({
        code: 'cli/missing-value',
        message: `${word} requires two arguments`,
        hint: `Use for example: ${word} nixpkgs debian/trixie`,
      });
    }
    joined.push(word, `${first}\0${second}`);
    i += 2;
  }
  return joined;
}

export type { FlakeOptions };

export const helpAllFlag = '--help-all';

/** The options that every command has. */
export function addCommonOptions(command: Command): Command {
  return command
    .optionsGroup(commonOptions)
    .option('-v, --verbose', 'print more messages')
    .option('--quiet', 'print fewer messages')
    .option('--log-format <format>', `format of messages: ${logFormats.join(', ')} (default: a bar on a terminal, else lines)`)
    .option('--show-trace', 'show every step of how an error came about')
    .helpOption(command.options.some(({ short }) => short === '-h') ? '--help' : '-h, --help', 'show this help')
    .option(helpAllFlag, 'show this help with all options explained');
}

/** The options about flakes and their inputs, with Nix's names. */
export function addFlakeOptions(command: Command): Command {
  return command
    .optionsGroup(flakeOptions)
    .option('--override-input <path> <flake>', 'take another flake for an input, without locking it', collectPair)
    .option('--update-input <input>', 'lock this input anew', collect)
    .option('--no-write-lock-file', 'do not write flake.lock')
    .option('--no-update-lock-file', 'fail where flake.lock would have to change')
    .option('--recreate-lock-file', 'lock every input anew')
    .option('--impure', 'let the evaluation see the environment and any file')
    .option(
      '-I, --include <path>',
      'where <NAME> is looked for, before NIX_PATH: NAME=PATH, PATH, or NAME=flake:FLAKE (repeatable)',
      collect,
    )
    .option('--offline', 'use only what is already on this machine')
    .option('--refresh', 'query servers again for what is not locked')
    .option('--image-builder <name>', "who makes the images of nixpkgs' make-disk-image.nix: native (bootflake, the default) or nixpkgs")
    .option('--mirror <url>', "Debian mirror (else the host's apt sources, else ftp.debian.org)")
    .option('--security-mirror <url>', 'mirror of the security archive')
    .option('--accept-expired', 'accept a Release file past its Valid-Until')
    .option('--accept-older', 'accept a Release file older than the one that is locked')
    .option('--override-flake <from> <to>', 'let one flake reference stand for another', collectPairs)
    .option(
      '--option <name> <value>',
      'set an option of nix.conf: access-tokens, netrc-file, ssl-cert-file, flake-registry, ...',
      collectPair,
    )
    .option('--access-tokens <tokens>', 'tokens for hosts of flakes: github.com=TOKEN gitlab.com=PAT:TOKEN')
    .option('--netrc-file <path>', 'names and passwords for hosts')
    .option(
      '--extra-experimental-features <names>',
      'experimental features of Nix to enable besides those of flakes: pipe-operators, parse-toml-timestamps',
    )
    .option('--tarball-ttl <seconds>', "how long a server's response stays fresh (3600)")
    .option('--max-call-depth <number>', 'how deep calls may nest (as deep as there is memory for)')
    .option('--accept-flake-config', 'take every setting that a flake wants, without a question')
    .option(
      command.options.some(({ short }) => short === '-k') ? '--keep-going' : '-k, --keep-going',
      'after a failed build, go on with what does not depend on it',
    )
    .option('--builders <machines>', 'other machines that build: entries as in /etc/nix/machines, separated by ;, or @FILE')
    .option('--fallback', 'build what could not be fetched although a binary cache has it')
    .option('--abort-on-warn', 'end an evaluation where builtins.warn is called, with a trace')
    .option('--trace-verbose', 'print the messages of builtins.traceVerbose')
    .option('--lint-url-literals <level>', 'ignore, warn of or refuse (fatal) URLs without quotes')
    .option('--lint-short-path-literals <level>', 'the same of relative paths that do not begin with a dot')
    .option('--lint-absolute-path-literals <level>', 'the same of paths that begin with / or ~/')
    .optionsGroup('Options:');
}

/** For a command without flakes that honours settings. `names`: those that matter. */
export function addSettingsOption(command: Command, names: string): Command {
  return command.option('--option <name> <value>', `set an option of nix.conf: ${names}`, collectPair);
}

/** Settings of Nix that have their own option, by its name. */
const settingOptions = {
  accessTokens: 'access-tokens',
  netrcFile: 'netrc-file',
  tarballTtl: 'tarball-ttl',
  extraExperimentalFeatures: 'extra-experimental-features',
  maxCallDepth: 'max-call-depth',
  acceptFlakeConfig: 'accept-flake-config',
  keepGoing: 'keep-going',
  builders: 'builders',
  fallback: 'fallback',
  abortOnWarn: 'abort-on-warn',
  traceVerbose: 'trace-verbose',
  lintUrlLiterals: 'lint-url-literals',
  lintShortPathLiterals: 'lint-short-path-literals',
  lintAbsolutePathLiterals: 'lint-absolute-path-literals',
};

/** For an option that may be repeated. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** The options for arguments of functions. */
export function addArgumentOptions(command: Command): Command {
  return command
    .option('--arg <name> <expression>', 'the argument of this name, for functions on the way (repeatable)', collectPair)
    .option('--argstr <name> <text>', 'the same, as a string', collectPair)
    .option('--arg-from-file <name> <path>', 'the same, as the contents of a file', collectPair)
    .option('--arg-from-stdin <name>', 'the same, read from standard input', collect);
}

/** The options of a command whose arguments name store paths or installables. */
export function addInstallableOptions(command: Command): Command {
  return addArgumentOptions(addFlakeOptions(command))
    .option('--expr <expression>', 'the installables are attributes of this expression')
    .option('-f, --file <path>', 'the installables are attributes of this file')
    .option('--derivation', 'the derivations of installables instead of their outputs');
}

/** What `addInstallableOptions` has read. */
export function readInstallableOptions(options: Record<string, unknown>): {
  source: { expr: string | undefined; file: string | undefined; args: ReturnType<typeof readArguments> };
  derivation: boolean;
} {
  const { expr, file } = options as { expr?: string; file?: string };
  return { source: { expr, file, args: readArguments(options) }, derivation: Boolean(options.derivation) };
}

/** Throws `cli/exclusive-options` for names beside `--all`. */
export function refuseNamesWithAll(options: Record<string, unknown>, names: readonly string[]): void {
  if (options.all && names.length > 0)
    throw new BootflakeError({ code: 'cli/exclusive-options', message: "'--all' does not expect arguments" });
}

export function readArguments(options: Record<string, unknown>): Record<string, { expr: string } | { text: string }> {
  const expressions = Object.entries((options.arg ?? {}) as Record<string, string>).map(([name, expr]) => [name, { expr }]);
  const texts = Object.entries((options.argstr ?? {}) as Record<string, string>).map(([name, text]) => [name, { text }]);
  const files = Object.entries((options.argFromFile ?? {}) as Record<string, string>).map(([name, path]) => [
    name,
    { text: readTextOf(path) },
  ]);
  const inputs = ((options.argFromStdin ?? []) as string[]).map((name) => [name, { text: readTextOf(0) }]);
  return Object.fromEntries([...expressions, ...texts, ...files, ...inputs]);
}

function readTextOf(file: string | 0): string {
  try {
    return file === 0 ? readStandardInput().toString('utf8') : readFileSync(file, 'utf8');
  } catch (error) {
    throw new BootflakeError({
      code: 'cli/unreadable-file',
      message: `'${file || 'standard input'}' cannot be read: ${(error as Error).message}`,
      cause: error,
    });
  }
}

function collectPair(value: string, before: Record<string, string> = {}): Record<string, string> {
  const [name, target] = value.split('\0');
  return { ...before, [name as string]: target as string };
}

function collectPairs(value: string, before: [string, string][] = []): [string, string][] {
  return [...before, value.split('\0') as [string, string]];
}

/** The settings of nix.conf that were given as options, by name. */
export function readNixSettings(options: Record<string, unknown>): Record<string, string> {
  const own = Object.entries(settingOptions).flatMap(([option, name]) =>
    options[option] === undefined ? [] : [[name, String(options[option])]],
  );
  return { ...(options.option as Record<string, string> | undefined), ...(Object.fromEntries(own) as Record<string, string>) };
}

function readImageBuilder(value: unknown): NonNullable<FlakeOptions['imageBuilder']> {
  if (value === undefined || value === 'native' || value === 'nixpkgs') return value ?? 'native';
  throw new BootflakeError({
    code: 'cli/bad-image-builder',
    message: `--image-builder must be native or nixpkgs, not '${String(value)}'`,
    hint: "Use native to make images with bootflake's own writer, nixpkgs to make them in a virtual machine as Nix does.",
  });
}

export function readFlakeOptions(options: Record<string, unknown>): FlakeOptions {
  const flakes = {
    overrideInputs: (options.overrideInput ?? {}) as Record<string, string>,
    updateInputs: (options.updateInput ?? []) as string[],
    impure: Boolean(options.impure),
    offline: Boolean(options.offline),
    refresh: Boolean(options.refresh),
    writeLockFile: options.writeLockFile !== false,
    updateLockFile: options.updateLockFile !== false,
    recreateLockFile: Boolean(options.recreateLockFile),
    acceptExpired: Boolean(options.acceptExpired),
    acceptOlder: Boolean(options.acceptOlder),
    searchPath: (options.include ?? []) as string[],
    readOnly: Boolean(options.readOnly),
    imageBuilder: readImageBuilder(options.imageBuilder),
    nixSettings: readNixSettings(options),
    overrideFlakes: (options.overrideFlake ?? []) as [string, string][],
  };
  return {
    ...flakes,
    ...(typeof options.mirror === 'string' && { mirror: options.mirror }),
    ...(typeof options.securityMirror === 'string' && { securityMirror: options.securityMirror }),
  };
}

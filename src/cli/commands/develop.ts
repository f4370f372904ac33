import type { Command } from 'commander';
import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addEnvironmentOptions, chosenEnvironment } from '../environment.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';
import { commandWords } from '../rest.ts';
import { passSignals } from '../signals.ts';

/** Nix's short forms of --phase. */
const phases = ['unpack', 'configure', 'build', 'check', 'install', 'installcheck'] as const;

function addSourceOptions(command: Command): Command {
  return command
    .option('--expr <expression>', 'take an attribute of this expression')
    .option('-f, --file <path>', 'take an attribute of this file')
    .option('--profile <path>', 'keep the environment as a generation of this profile')
    .option('-L, --print-build-logs', "print the builders' logs");
}

function environmentRequest(options: Record<string, unknown>, [installable]: string[]) {
  const { expr, file, profile } = options as { expr?: string; file?: string; profile?: string };
  return {
    installable: installable ?? (expr === undefined && file === undefined ? '.' : ''),
    source: { expr, file, args: readArguments(options) },
    profile,
  };
}

export const developCommand: CommandSpec = {
  name: 'develop',
  summary: 'run a shell in the environment of a build',
  args: '[installable]',
  rest: '[-c COMMAND ARGUMENTS...]',
  examples: [
    ['bootflake develop', 'devShells.SYSTEM.default, or what the default package is built with'],
    ['bootflake develop .#tool -c make -j4', 'one command'],
    ['bootflake develop .#tool --unpack', "a phase of the build, in the flake's folder; then --configure, --build, ..."],
    ['bootflake develop -i -k HOME -k TERM', 'with nothing else of your environment'],
  ],
  description:
    'The shell is bash with the variables and functions that a builder of stdenv has, and the shellHook of the derivation. $out and the ' +
    'other outputs are below ./outputs. With the stdenv of the Debian distribution, /usr is that of the build: compilers, headers, tools.',
  configure(command) {
    addSourceOptions(addArgumentOptions(addFlakeOptions(addEnvironmentOptions(command))))
      .option('-c, --command', 'run the command that follows, in place of a shell')
      .option('--phase <name>', 'run this phase')
      .option('--preserve-cwd', "run the phase here and not in the flake's folder");
    for (const phase of phases) command.option(`--${phase}`, `the same as --phase ${phaseName(phase)}`);
  },
  async run(terminal, options, args, rest) {
    const command = commandWords(options, rest);
    const short = phases.find((name) => options[name] !== undefined);
    const phase = (options.phase as string | undefined) ?? (short && phaseName(short));
    if (command && phase !== undefined)
      throw new BootflakeError({ code: 'cli/two-commands', message: "you cannot use both '--command' and '--phase'" });
    const env = chosenEnvironment(options, process.env);
    const { develop } = await import('../../api/develop.ts');
    return develop(pipelineContext(terminal, readFlakeOptions(options)), {
      ...environmentRequest(options, args),
      command,
      phase,
      preserveCwd: Boolean(options.preserveCwd),
      env,
      passSignals,
    });
  },
};

function phaseName(option: (typeof phases)[number]): string {
  return option === 'installcheck' ? 'installCheck' : option;
}

export const printDevEnv: CommandSpec = {
  name: 'print-dev-env',
  summary: 'print the environment of a build as a script for bash',
  args: '[installable]',
  examples: [
    ['bootflake print-dev-env > env.sh', 'a script to source'],
    ['bootflake print-dev-env --json', 'its variables and functions as JSON'],
  ],
  description: 'The paths in it are those of /nix/store, which only bootflake develop shows to programs.',
  configure(command) {
    addSourceOptions(addArgumentOptions(addFlakeOptions(command))).option('--json', 'print as JSON');
  },
  async run(terminal, options, args) {
    const { printEnvironment } = await import('../../api/develop.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    terminal.data(await printEnvironment(context, environmentRequest(options, args), Boolean(options.json)));
  },
};

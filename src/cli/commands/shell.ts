import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addEnvironmentOptions, chosenEnvironment } from '../environment.ts';
import { addArgumentOptions, addFlakeOptions, readArguments, readFlakeOptions } from '../options.ts';
import { commandWords } from '../rest.ts';
import { passSignals } from '../signals.ts';

export const shell: CommandSpec = {
  name: 'shell',
  summary: 'run a shell, or a command, that has packages on PATH',
  args: '[installables...]',
  rest: '[-c COMMAND ARGUMENTS...]',
  examples: [
    ['bootflake shell debian/trixie#jq', 'a shell ($SHELL) in which jq is there'],
    ['bootflake shell debian/trixie#jq debian/trixie#curl -c jq --version', 'one command'],
    ['bootflake shell .#tool -i -k HOME -c tool', 'with HOME alone of the environment'],
  ],
  description:
    "The program runs on this terminal as part of this host, in a root in which /nix/store is bootflake's store. With packages of " +
    'Debian, /usr is a merged tree of them and of the essential ones.',
  configure(command) {
    addArgumentOptions(addFlakeOptions(addEnvironmentOptions(command)))
      .option('--expr <expression>', 'take attributes of this expression')
      .option('-f, --file <path>', 'take attributes of this file')
      .option('-c, --command', 'run the command that follows, in place of a shell')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, args, rest) {
    const command = commandWords(options, rest);
    const env = chosenEnvironment(options, process.env);
    const { runShell } = await import('../../api/shell.ts');
    const { expr, file } = options as { expr?: string; file?: string };
    const installables = args.length ? args : [expr === undefined && file === undefined ? '.' : ''];
    return runShell(pipelineContext(terminal, readFlakeOptions(options)), {
      installables,
      source: { expr, file, args: readArguments(options) },
      command,
      env,
      passSignals,
    });
  },
};

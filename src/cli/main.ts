import { Command, CommanderError } from 'commander';
import { BootflakeError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { EarlyEvaluator } from '../api/pipeline.ts';
import type { CommandSpec } from './command.ts';
import { commandLoaders } from './commands/index.ts';
import { setCommandHelp, setGroupHelp } from './help.ts';
import { addCommonOptions, helpAllFlag, joinPairs } from './options.ts';
import { errorOutput, standardOutput } from './output.ts';
import { renderError, styleFor } from './report.ts';
import { levels } from './log/log.ts';
import { openTerminal } from './terminal.ts';
import { splitRest } from './rest.ts';
import { runsInMainThread } from '../system/thread.ts';
import { installSignals, type Interrupt } from './signals.ts';

/** EX_SOFTWARE of sysexits.h. */
const internalFault = 70;

/** Runs the CLI on the arguments after the program's name; returns the exit status. */
export async function main(argv: string[], evaluator: EarlyEvaluator): Promise<number> {
  runsInMainThread();
  const { offerEvaluator, storeFolder } = await import('../api/pipeline.ts');
  offerEvaluator(evaluator);
  const { words, rest } = splitRest(argv);
  const helpAll = words.includes(helpAllFlag);
  const interrupt = installSignals();
  // Node would print such an error unformatted.
  process.on('uncaughtException', (error) => {
    errorOutput.text(`${renderError(error, styleFor(errorOutput))}\n`);
    process.exit(internalFault);
  });
  const status = await runCommand(
    words.map((word) => (word === helpAllFlag ? '--help' : word)),
    { rest, interrupt, storeFolder, helpAll },
  );
  await Promise.race([Promise.all([standardOutput.written(), errorOutput.written()]), interrupt.aborted]);
  interrupt.dispose();
  if (!interrupt.signal.aborted) return status;
  if (interrupt.error) errorOutput.text(`${renderError(interrupt.error, styleFor(errorOutput))}\n`);
  return interrupt.status;
}

/** The state shared by the commands of one run. */
interface Surroundings {
  /** Words for another program. */
  rest: string[];
  interrupt: Interrupt;
  /** Help explains every option. */
  helpAll: boolean;
  storeFolder(): string;
}

async function runCommand(words: string[], surroundings: Surroundings): Promise<number> {
  let status = 0;
  const firsts: CommandSpec[] = [];
  let takesRest = false;
  const program = new Command('bootflake')
    .description('From a NixOS-style flake to a bootable disk image: build it, run it.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError('(bootflake --help shows the commands)')
    .configureOutput({ writeOut: (text) => standardOutput.text(text), writeErr: (text) => errorOutput.text(text) })
    .exitOverride();
  for (const [name, load] of Object.entries(commandLoaders)) {
    const wanted =
      words[0] === name || words.length === 0 || words[0]?.startsWith('-') || words[0] === 'help' || !commandLoaders[words[0] ?? ''];
    if (!wanted) continue;
    const specs = await load();
    for (const spec of specs)
      attach(program, spec, surroundings, (code) => {
        status = code;
      });
    const group = program.commands.find((command) => command.name() === name && command.commands.length > 0);
    if (group) setGroupHelp(group, specs);
    if (specs[0]) firsts.push(specs[0]);
    takesRest ||= words[0] === name && specs.some((spec) => spec.rest !== undefined);
  }
  setGroupHelp(program, firsts);
  try {
    // Without operands there is no '--': an option that lacks its value would take it.
    const operands = takesRest || surroundings.rest.length === 0 ? [] : ['--', ...surroundings.rest];
    await program.parseAsync([...joinPairs(words), ...operands], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      const hint = error.code === 'commander.unknownOption' && (await import('../api/setting-hint.ts')).optionHint(words[0], error.message);
      if (hint) errorOutput.text(`${hint}\n`);
      return error.exitCode;
    }
    if (!(error instanceof BootflakeError)) throw error;
    errorOutput.text(`${renderError(error, styleFor(errorOutput))}\n`);
    return error.exitStatus;
  }
  return status;
}

function attach(
  program: Command,
  spec: CommandSpec,
  { rest, interrupt, storeFolder, helpAll }: Surroundings,
  done: (status: number) => void,
): void {
  const { signal } = interrupt;
  const path = spec.name.split(' ');
  const parent = path
    .slice(0, -1)
    .reduce((at, word) => at.commands.find((c) => c.name() === word) ?? at.command(word).exitOverride(), program);
  const command = parent
    .command(`${path.at(-1)}${spec.args ? ` ${spec.args}` : ''}`)
    .summary(spec.summary)
    .exitOverride();
  if (parent !== program && !parent.description()) parent.description(groupSummary(path[0] ?? ''));
  spec.configure(command);
  addCommonOptions(command).showHelpAfterError(`(run bootflake ${spec.name} --help for help)`);
  setCommandHelp(command, spec, { all: helpAll });
  command.action(async (...actionArgs: unknown[]) => {
    const options = command.opts();
    const args = actionArgs
      .slice(0, -2)
      .flat()
      .filter((a): a is string => typeof a === 'string');
    const terminal = openTerminal({
      quiet: Boolean(options.quiet),
      verbose: Boolean(options.verbose),
      showTrace: Boolean(options.showTrace),
      logFormat: options.logFormat as string | undefined,
      buildLines: Boolean(options.printBuildLogs),
      signal,
      storeFolder,
    });
    try {
      done((await spec.run(terminal, options, args, rest)) ?? 0);
    } catch (error) {
      if (signal.aborted) {
        if (interrupt.status === 130)
          terminal.log.message(levels.warning, spec.interrupted ?? 'interrupted; finished work is kept, partial work is removed');
        done(interrupt.status);
      } else {
        const shown = (await import('../api/explain-error.ts')).explainError(error);
        terminal.error(shown);
        done(shown instanceof BootflakeError ? shown.exitStatus : internalFault);
      }
    } finally {
      terminal.log.end();
    }
  });
}

function groupSummary(group: string): string {
  return (
    {
      vm: 'machines with names: make, start, enter, stop them',
      flake: 'make, lock, update and inspect flakes',
      registry: 'short names for flakes',
      store: 'look into the store, check it, clean it',
      nar: 'make archives, look into them',
      key: 'make keys that sign store paths',
    }[group] ?? ''
  );
}

/** The help of every command, and the command lines that help and README show: the program must accept all of them. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Command } from 'commander';
import type { CommandSpec } from '../../src/cli/command.ts';
import { addCommonOptions } from '../../src/cli/options.ts';
import { columns, wrapped } from '../../src/cli/columns.ts';
import { commandLoaders } from '../../src/cli/commands/index.ts';
import { flakeOptions, setCommandHelp } from '../../src/cli/help.ts';
import { optionHint } from '../../src/api/setting-hint.ts';

const specs: CommandSpec[] = (await Promise.all(Object.values(commandLoaders).map((load) => load()))).flat();

function configured(spec: CommandSpec, all = false): Command {
  const command = new Command(spec.name.split(' ').at(-1));
  spec.configure(command);
  addCommonOptions(command);
  setCommandHelp(command, spec, { all });
  return command;
}

/** The words of a shell command line that runs bootflake, without redirections, comments and anything after `|` or `&&`. */
function bootflakeWords(line: string): string[] | undefined {
  const found = /(?:^|\s|\$ |npx )bootflake\s+([^#|&]*(?:#\S[^#|&]*)*)/.exec(line.replace(/\s# .*$/, ''));
  return found?.[1]?.match(/'[^']*'|"[^"]*"|\S+/g) ?? undefined;
}

/** Why the program refuses a command line; undefined when it accepts it. */
function fault(words: string[]): string | undefined {
  const spec = specs
    .filter(({ name }) => name.split(' ').every((word, i) => words[i] === word))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (!spec)
    return words[0]!.startsWith('-') || words[0] === 'COMMAND' ? undefined : `there is no command '${words.slice(0, 2).join(' ')}'`;
  const options = configured(spec).options;
  const flags = new Set(options.flatMap(({ short, long }) => [short, long]));
  flags.add('--help');
  for (const word of words.slice(spec.name.split(' ').length)) {
    // What follows is for another program.
    if (word === '--' || (spec.rest?.startsWith('[-c') && (word === '-c' || word === '--command'))) return undefined;
    if (!/^--?[a-zA-Z]/.test(word)) continue;
    const asked = word.startsWith('--') ? [word.replace(/=.*/, '')] : [...word.slice(1)].map((letter) => `-${letter}`);
    const unknown = asked.find((flag) => !flags.has(flag));
    if (unknown) return `'${spec.name}' has no option '${unknown}'`;
  }
  return undefined;
}

for (const spec of specs) {
  test(`the help of ${spec.name} begins with valid examples`, () => {
    const help = configured(spec).helpInformation();
    const [title, , ...rest] = help.split(/\n(?=\n)/).map((part) => part.replace(/^\n/, ''));
    assert.equal(title!.replaceAll('\n', ' '), `bootflake ${spec.name}: ${spec.summary}`);
    const examples = help
      .slice(help.indexOf('\nExamples:\n') + 1)
      .split('\n\n')[0]!
      .split('\n')
      .slice(1);
    assert.ok(help.startsWith(`${title}\n\nExamples:\n`) && rest.length > 0);
    for (const [line] of spec.examples)
      assert.ok(
        examples.some((shown) => shown.startsWith(`  ${line}`)),
        line,
      );
    assert.ok(
      examples.every((shown) => /^ {2}\S.* {2}# \S|^ {2}\S|^ +# \S/.test(shown)),
      examples.join('\n'),
    );
    assert.deepEqual(
      spec.examples.map(([line]) => fault(bootflakeWords(line) ?? [])),
      spec.examples.map(() => undefined),
    );
    const shared = help.indexOf(flakeOptions);
    if (shared >= 0) assert.ok(help.indexOf('\nOptions:') < shared, 'its own options come before the shared ones');
  });

  test(`the help of ${spec.name} wraps at 80 columns; --help-all explains the shared options`, () => {
    const [short, long] = [configured(spec).helpInformation(), configured(spec, true).helpInformation()];
    for (const line of [...short.split('\n'), ...long.split('\n')]) assert.ok(line.length <= 80, line);
    for (const option of configured(spec).options) {
      const explained = new RegExp(`^ {2}(?:--?[\\w-]+, )?${option.long}(?: <| {2})`, 'm');
      assert.match(long, explained);
      assert.equal(explained.test(short), option.helpGroupHeading === undefined || option.helpGroupHeading === 'Options:', option.long);
      assert.ok(short.includes(option.long!), option.long);
    }
    assert.ok(short.split('\n').length <= 58, 'it fits a terminal that is scrolled once');
    if (spec.rest) assert.ok(/^Usage: .*$/m.exec(short)![0].endsWith(spec.rest), spec.rest);
  });
}

test('columns are wrapped between words', () => {
  assert.deepEqual(wrapped('one two  three\nfour', 9), ['one two', 'three', 'four']);
  assert.deepEqual(wrapped('a-word-that-is-longer b', 5), ['a-word-that-is-longer', 'b']);
  assert.deepEqual(
    columns(
      [
        ['a', 'one two three'],
        ['a long first column', 'x'],
      ],
      { width: 14, indent: 1, mark: '# ', mostFirst: 3 },
    ),
    [' a  # one two three', ' a long first column', '    # x'],
  );
});

test('the program accepts the command lines in the README and in docs', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs')
      .filter((file) => file.endsWith('.md'))
      .map((file) => `docs/${file}`),
  ];
  const text = pages.map((page) => readFileSync(page, 'utf8')).join('\n');
  const lines = [...text.matchAll(/```console\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block!.split('\n'))
    .filter((line) => line.startsWith('$ '));
  const commands = lines.map(bootflakeWords).filter((words) => words !== undefined);
  assert.ok(commands.length > 10);
  assert.deepEqual(
    commands.map(fault).filter((found) => found !== undefined),
    [],
  );
  // They show each command except those that inspect the store.
  for (const name of ['build', 'run', 'eval', 'repl', 'flake', 'doctor', 'store', 'path-info'])
    assert.ok(
      commands.some(([first]) => first === name),
      name,
    );
});

test('finds the mistake in a wrong command line', () => {
  assert.equal(fault(['build', '.#x', '--nonsense']), "'build' has no option '--nonsense'");
  assert.equal(fault(['bild']), "there is no command 'bild'");
});

test('a setting that is given as an option is shown as --option', () => {
  const hint = (option: string) => optionHint('build', `error: unknown option '${option}'`);
  assert.match(optionHint('run', "error: unknown option '--network'")!, /vm create NAME INSTALLABLE --network NETWORK/);
  assert.equal(hint('--network'), undefined);
  assert.equal(hint('--no-warn-dirty'), '(warn-dirty is a setting: --option warn-dirty false)');
  assert.equal(hint('--extra-substituters'), '(extra-substituters is a setting: --option extra-substituters VALUE)');
  for (const other of ['--all', '-x', '--trusted-users', '--no-']) assert.equal(hint(other), undefined, other);
});

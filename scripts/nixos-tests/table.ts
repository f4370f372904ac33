/**
 * The table of results in docs/nixos-tests-2020.md: one line for each file of nixos/tests, from what `main.ts` wrote and a list of boots.
 *
 *     node --import tsx scripts/nixos-tests/table.ts RESULTS.tsv BOOTS.tsv TREE > docs/nixos-tests-2020.md
 *
 * A line of BOOTS.tsv is the test, `passes` or `fails`, seconds, and for one that fails what the reason was, by hand.
 */
import { readFileSync } from 'node:fs';
import { entriesOf } from './tests.ts';

interface Boot {
  passes: boolean;
  seconds: string;
  reason: string;
}

const [resultsFile, bootsFile, tree] = process.argv.slice(2);
if (resultsFile === undefined || bootsFile === undefined || tree === undefined)
  throw new Error('usage: table.ts RESULTS.tsv BOOTS.tsv TREE');

const linesOf = (file: string): string[][] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));

const boots = new Map<string, Boot>(
  linesOf(bootsFile).map(([test = '', result, seconds = '', reason = '']) => [test, { passes: result === 'passes', seconds, reason }]),
);
const results = new Map<string, { file: string; machines: string; text: string }>(
  linesOf(resultsFile).map(([file = '', test = '', machines = '', text = '']) => [test, { file, machines, text }]),
);

const quoted = (text: string): string => text.replaceAll(/`([^']*)'/g, '`$1`').replaceAll('|', '\\|');

/** What is missing, by name, from the first line of the error. */
function missing(text: string): string {
  const [code = '', ...rest] = text.split(': ');
  const message = rest.join(': ');
  const option = /(?:The option |- )`nodes\.(?:[\w-]+|"[^"]*")\.([^']*)' (?:does not exist|in `)/.exec(message)?.[1];
  if (option !== undefined) return `option \`${option}\``;
  const unset = /has no package `([^']*)'/.exec(message)?.[1];
  if (unset !== undefined) return `package \`${unset}\``;
  const attribute = /^attribute '([^']*)' missing/.exec(message)?.[1] ?? /^undefined variable '([^']*)'/.exec(message)?.[1];
  if (attribute !== undefined) return `\`${attribute}\`, a package or function`;
  const path = /^path '[^']*\/nixpkgs\/([^']*)' does not exist/.exec(message)?.[1];
  if (path !== undefined) return `\`${path}\` of its tree`;
  if (/is a test in Perl/.test(message)) return 'its script is in Perl';
  if (code === 'timeout') return message;
  const said = message
    .replaceAll(/\/tmp\/\S*?\/nixos\//g, 'nixos/')
    .replaceAll(/nodes\.[\w-]+\./g, '')
    .replace(/^(?:Failed assertions: - )/, '');
  const sentence = /^.*?[.;:](?= |$)/.exec(said)?.[0] ?? said;
  return quoted((sentence.length < 20 ? said : sentence).replace(/[.;:]$/, '').slice(0, 200));
}

function lineOf(file: string, test: string): string {
  const name = test === file ? '' : ` ${test.replace(/^[^#]*#/, '')}`;
  const boot = boots.get(test);
  const result = results.get(test);
  const title = `${file.replace(/\/default\.nix$|\.nix$/, '')}${name}`;
  const state = (): string => {
    if (boot?.passes) return `**passes**, ${boot.seconds} s`;
    if (boot) return `boots, fails: ${quoted(boot.reason)}`;
    if (!result) return 'not evaluated yet';
    if (result.text === 'evaluates')
      return Number(result.machines) > 3 ? `evaluates; its ${result.machines} machines were not booted` : 'evaluates; not booted yet';
    return result.text === 'no test' ? 'no test' : `missing: ${missing(result.text)}`;
  };
  return `| ${title} | ${state()} |`;
}

const written = new Set<string>();
const rows: string[] = [];
for (const entry of entriesOf(tree)) {
  const several = [...new Set([...results, ...boots].map(([test]) => test))].filter(
    (test) => test !== entry.test && test.startsWith(`${entry.test}${entry.test.includes('#') ? '.' : '#'}`),
  );
  for (const test of several.length > 0 ? several : [entry.test]) {
    if (written.has(test)) continue;
    written.add(test);
    rows.push(lineOf(entry.file, test));
  }
}
const count = (pattern: RegExp): number => rows.filter((row) => pattern.test(row)).length;

process.stdout.write(`# The tests of NixOS 20.09, file by file

Each file of \`nixos/tests\` of the tree of October 2020, unmodified, on debian/trixie: \`bootflake test nixpkgs/nixos/tests/NAME.nix\`, or
\`all-tests.nix#NAME\`. A test passes when its whole script ran to its end. A refusal is before the boot and names the first of what is
missing. Of a file that makes several tests the first three are here. What is of its time counts, too: options and versions of programs
that neither NixOS nor Debian has any more. Written by \`scripts/nixos-tests/\`; the seconds are of a busy machine without KVM.

${count(/\*\*passes\*\*/)} pass, ${count(/\| boots, fails/)} boot and fail, ${count(/\| evaluates/)} evaluate and were not booted,
${count(/\| missing/)} are refused, ${count(/\| not evaluated/)} were not evaluated; the others are parts of tests.

| test | result |
|---|---|
${rows.join('\n')}
`);

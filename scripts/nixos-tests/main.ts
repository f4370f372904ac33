/**
 * Evaluates the tests of a nixpkgs tree up to what `bootflake test` would build, each in a process of its own, and writes a line for each:
 * the file below nixos/tests, the test, how many machines it has, and `evaluates` or the error's code and first line. Lines of a file that
 * exists already are kept, so that a run can be continued.
 *
 *     npm run nixos-tests -- TREE RESULTS.tsv [--all] [--jobs N] [NAME...]
 *
 * NAMEs are files below nixos/tests, or attributes after a `#`. Of a file that makes several tests the first three are evaluated, with
 * `--all` all.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { entriesOf, type Entry } from './tests.ts';

const seconds = 150;
const words = process.argv.slice(2);
const isAll = take('--all', 0) !== undefined;
const jobs = Number(take('--jobs', 1)?.[0] ?? 1);
const [tree, results, ...wanted] = words;
if (tree === undefined || results === undefined)
  throw new Error('usage: npm run nixos-tests -- TREE RESULTS.tsv [--all] [--jobs N] [NAME...]');

function take(option: string, values: number): string[] | undefined {
  const at = words.indexOf(option);
  return at < 0 ? undefined : words.splice(at, values + 1).slice(1);
}

interface Evaluated {
  status: number | null;
  printed: string;
  errors: string;
}

function evaluate(call: string): Promise<Evaluated> {
  const testers = '(builtins.getFlake "debian/trixie").legacyPackages.x86_64-linux.testers';
  const args = [
    '--max-old-space-size=3000',
    resolve('dist/bootflake.js'),
    'eval',
    '--impure',
    '--json',
    '--expr',
    `with ${testers}; ${call}`,
  ];
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000, killSignal: 'SIGKILL' });
    const found: Evaluated = { status: null, printed: '', errors: '' };
    child.stdout.on('data', (data: Buffer) => (found.printed += data.toString()));
    child.stderr.on('data', (data: Buffer) => (found.errors += data.toString()));
    child.on('close', (status) => done({ ...found, status }));
  });
}

/** The error's code and first line; where that is a heading, the next line too. */
function outcome({ status, errors }: Evaluated): string {
  if (status === 0) return 'evaluates';
  if (status === null) return `timeout: not evaluated in ${seconds} s`;
  const [, text = errors.slice(-300)] = errors.split(/^error: /m);
  const code = /\[([a-z-]+\/[a-z-]+)\]\s*$/.exec(errors)?.[1] ?? 'unknown';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const count = lines.findIndex((line) => !line.trimEnd().endsWith(':')) + 1;
  return `${code}: ${lines.slice(0, Math.max(1, count)).join(' ')}`.replaceAll(/\s+/g, ' ');
}

function argument(test: string): string {
  const [file = '', attribute = ''] = test.split('#');
  return `{ path = /. + ${JSON.stringify(resolve(tree!, 'nixos/tests', file))}; attribute = ${JSON.stringify(attribute)}; }`;
}

const done = new Set(
  existsSync(results)
    ? readFileSync(results, 'utf8')
        .split('\n')
        .flatMap((line) => line.split('\t').slice(0, 2))
    : [],
);
const write = (entry: Entry, test: string, machines: string, text: string) =>
  appendFileSync(results, `${[entry.file, test, machines, text].join('\t')}\n`);

/** What a file makes: one test, which is evaluated at once, or the names of several. */
interface Found {
  machines?: number;
  names?: string[];
}

/** The driver's derivation is written, so that everything that its machines have was evaluated. */
const call = (test: string) => `
  let
    argument = ${argument(test)};
    test = testOfFile argument;
    names = testNamesOfFile argument;
  in
  if names == [ argument.attribute ] then
    builtins.seq test.driver.drvPath { machines = builtins.length (builtins.attrNames test.nodes); }
  else
    { inherit names; }`;

async function evaluateTest(entry: Entry, test: string): Promise<void> {
  const evaluated = await evaluate(call(test));
  const { machines, names = [] } = evaluated.status === 0 ? (JSON.parse(evaluated.printed) as Found) : {};
  const [file = ''] = test.split('#');
  if (evaluated.status !== 0 || machines !== undefined) write(entry, test, String(machines ?? ''), outcome(evaluated));
  else if (names.length === 0) write(entry, test, '', 'no test');
  for (const name of isAll ? names : names.slice(0, 3)) await evaluateTest(entry, `${file}#${name}`);
}

if (!existsSync(join(tree, 'nixos/tests/all-tests.nix')))
  throw new Error(`${tree} is no tree of nixpkgs: it has no nixos/tests/all-tests.nix`);
const queue = entriesOf(tree).filter(
  ({ file, test }) => (wanted.length === 0 || wanted.includes(file) || wanted.includes(test.split('#')[1] ?? '')) && !done.has(test),
);
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await evaluateTest(next, next.test);
  }),
);

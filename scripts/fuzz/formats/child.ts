/**
 * The process that reads cases, one after the other, in a folder of its own. The place that a case may write to is removed after it;
 * everything around it is compared. Arguments: the folder; optionally a module whose `readers` replace the product's.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../../../src/base/errors.ts';
import { removeTree } from '../../../src/store/physical-tree.ts';
import { forbiddenFolder, type FormatName, type Reader } from './format.ts';
import { makeCase } from './makers.ts';
import type { Job, Outcome } from './outcome.ts';

/** The maximum length of a message in characters: long names must not fill the screen. */
const MOST_MESSAGE = 20_000;
/** MiB. */
const MOST_MEMORY = 512;

const [folder = '', readersModule] = process.argv.slice(2);
const { readers } = (await import(readersModule ?? new URL('readers.ts', import.meta.url).href)) as { readers: Record<FormatName, Reader> };
const around = join(folder, 'around');
const target = join(around, 'target');
mkdirSync(join(around, 'beside'), { recursive: true });
for (const file of ['file', 'escape', 'beside/file']) writeFileSync(join(around, file), file);
process.chdir(join(around, 'beside'));

function failed(sort: string, detail: string, goesOn = false): Outcome {
  return { kind: 'failed', failure: { sort, detail, goesOn } };
}

/** Everything there except what the case may write. */
function listing(path: string, found: string[] = []): string {
  for (const name of readdirSync(path).sort()) {
    const file = join(path, name);
    if (file === target || file === `${target}.packed`) continue;
    const { mode, mtimeMs } = lstatSync(file);
    const kind = mode & 0o170000;
    found.push(
      `${file} ${mode} ${mtimeMs} ${kind === 0o120000 ? readlinkSync(file) : kind === 0o100000 ? readFileSync(file, 'latin1') : ''}`,
    );
    if (kind === 0o040000) listing(file, found);
  }
  return found.join('\n');
}

const surroundings = (): string => `${listing(around)}\n${listing(forbiddenFolder)}`;

/** The first line of a stack trace that is in the product's code, without its line number. */
function placeOf(stack: string): string {
  return /\/src\/([\w/.-]+)/.exec(stack)?.[1] ?? '';
}

function judged(error: unknown): Outcome {
  const { name, message, stack = '' } = error as Error;
  if (!(error instanceof BootflakeError) || error.code === 'internal')
    return failed(`${name} in ${placeOf(stack)}`, stack || String(error), true);
  if (message.length > MOST_MESSAGE) {
    return failed(`a message of ${error.code} that fills the screen`, `${message.length} characters: ${message.slice(0, 1000)}`, true);
  }
  return { kind: 'refused', code: error.code };
}

async function outcomeOf({ format, seed, number, file }: Job): Promise<Outcome> {
  const bytes = file === undefined ? await makeCase(format, seed, number) : readFileSync(file);
  const before = surroundings();
  let outcome: Outcome = { kind: 'read' };
  try {
    await readers[format](bytes, target);
  } catch (error) {
    outcome = judged(error);
  }
  const after = surroundings();
  removeTree(target);
  rmSync(`${target}.packed`, { force: true });
  if (before !== after)
    return failed(
      'a file outside of the folder',
      after
        .split('\n')
        .filter((line) => !before.includes(line))
        .join('\n'),
    );
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  return memory > MOST_MEMORY ? failed('memory', `${memory} MiB`) : outcome;
}

process.on('message', async (job: Job) => process.send!(await outcomeOf(job)));
process.send!('ready');

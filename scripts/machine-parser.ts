/** Compares the machine's parser with the other one over whole folders: node --import tsx scripts/machine-parser.ts FOLDER... */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allBuiltins } from '../src/eval/builtins/index.ts';
import { Evaluator } from '../src/eval/evaluator.ts';
import { openMachine } from '../src/session/open-machine.ts';
import { writtenByOther } from '../src/machine/expression-texts.ts';
import { fileHost } from '../test/support/file-host.ts';

const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
const machine = openMachine(ev, undefined)!;
const tally = { same: 0, neither: 0, onlyOther: 0, different: 0, bytes: 0, milliseconds: 0, otherMilliseconds: 0 };

function other(text: string, file: string): Uint8Array | undefined {
  try {
    return writtenByOther(ev, text, file).bytes;
  } catch {
    return undefined;
  }
}

function compare(file: string): void {
  const text = readFileSync(file, 'latin1');
  const begin = performance.now();
  const bytes = machine.parse(Buffer.from(text, 'latin1'));
  const middle = performance.now();
  const expected = other(text, file);
  tally.bytes += text.length;
  tally.milliseconds += middle - begin;
  tally.otherMilliseconds += performance.now() - middle;
  const outcome =
    bytes && expected && Buffer.compare(bytes, expected) === 0 ? 'same' : bytes ? 'different' : expected ? 'onlyOther' : 'neither';
  tally[outcome] += 1;
  if (outcome === 'different' || outcome === 'onlyOther') console.log(`${outcome}: ${file}`);
}

for (const folder of process.argv.slice(2)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name.endsWith('.nix')) compare(join(entry.parentPath, entry.name));
}
console.log(tally);
process.exitCode = tally.different > 0 ? 1 : 0;

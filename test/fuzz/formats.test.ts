/** Runs the fuzzer of the formats for some seconds, and checks that it detects bugs. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatNames, type FormatName } from '../../scripts/fuzz/formats/format.ts';
import { makeCase } from '../../scripts/fuzz/formats/makers.ts';
import { Children, fuzz, runFile, type FuzzOptions } from '../../scripts/fuzz/formats/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-found-'));
const readers = new URL('broken-readers.ts', import.meta.url).href;

const children = new Children();

after(() => {
  children.close();
  rmSync(folder, { recursive: true });
});

for (const format of formatNames) {
  test(`reads or refuses damaged samples: ${format}`, async () => {
    const { cases, read, refused, found } = await fuzz({ format, seed: 1, count: 50, folder }, children);
    assert.deepEqual(found, []);
    assert.equal(cases, 50);
    assert.ok(read > 0 && refused.size > 0, 'some are read and some refused');
  });
}

test('a seed determines all cases', async () => {
  for (const format of formatNames) {
    for (const number of [0, 7, 40]) assert.deepEqual(await makeCase(format, 5, number), await makeCase(format, 5, number), format);
    assert.notDeepEqual(await makeCase(format, 5, 1), await makeCase(format, 6, 1));
  }
});

const faults: [FormatName, what: string, sort: RegExp, detail: RegExp][] = [
  ['tar', 'an internal error', /^TypeError in/, /broken-readers\.ts/],
  ['nar', 'a run without end', /^no end$/, /nothing after 1500 ms/],
  ['archives', 'too much memory', /^memory$/, /^\d+ MiB$/],
  ['deb', 'a file outside of the folder', /^a file outside of the folder$/, /escape/],
  ['lock', 'a message that fills the screen', /fuzz\/long/, /30000 characters/],
  ['index', 'the end of the process', /^the process died$/, /^3\n/],
];

for (const [format, what, sort, detail] of faults) {
  test(`the fuzzer finds ${what}`, async () => {
    const patience = format === 'nar' ? 1500 : 10_000;
    const options: FuzzOptions = { format, seed: 1, count: 12, folder, readers, patience, tries: format === 'tar' ? 40 : 0, sorts: 1 };
    const { found } = await fuzz(options);
    assert.equal(found.length, 1);
    const [{ file, number, ...failure }] = found as [(typeof found)[number]];
    assert.match(failure.sort, sort);
    assert.match(failure.detail, detail);
    const whole = await makeCase(format, 1, number);
    if (format !== 'tar') return assert.deepEqual(readFileSync(file), whole);
    assert.ok(readFileSync(file).length < whole.length / 8, 'it is made smaller');
    assert.equal((await runFile(options, file)).kind, 'failed', 'what was written down shows it again');
  });
}

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runTest } from '../../src/nixos-test/run-test.ts';
import { checkOutputFolder, checkReportFile, writeReport } from '../../src/nixos-test/results-place.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'results-place-'));
after(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
fs.mkdirSync(at('is-folder'));
fs.writeFileSync(at('is-file'), 'before');

test('where a report cannot be written is known before it is', () => {
  const code = 'test/bad-report-file';
  assert.throws(() => checkReportFile(at('is-folder')), { code, message: /it is a folder/ });
  assert.throws(() => checkReportFile(at('missing/report.xml')), { code, message: /there is no folder '.*missing'/ });
  assert.throws(() => checkReportFile(at('new\x1b[31m\n/report.xml')), { code, message: /^[^\x1b\n]*$/ });
  checkReportFile(at('report.xml'));
  checkReportFile(at('is-file'));
  checkReportFile('/dev/null');
  assert.deepEqual(fs.readdirSync(folder).sort(), ['is-file', 'is-folder']);
});

test('a report replaces the one before, and leaves nothing behind when it cannot', () => {
  writeReport(at('is-file'), 'after');
  assert.equal(fs.readFileSync(at('is-file'), 'utf8'), 'after');
  writeReport('/dev/null', 'text');
  assert.throws(() => writeReport(at('missing/report.xml'), 'text'), { code: 'test/bad-report-file' });
  assert.throws(() => writeReport(at('is-folder'), 'text'), { code: 'test/bad-report-file' });
  assert.deepEqual(fs.readdirSync(folder).sort(), ['is-file', 'is-folder']);
});

test("a folder for the script's files may be missing, but neither it nor a parent is a file", () => {
  const code = 'test/bad-output-folder';
  checkOutputFolder(at('is-folder'));
  checkOutputFolder(at('a/b/c'));
  assert.throws(() => checkOutputFolder(at('is-file')), { code, message: /'.*is-file' is a file/ });
  assert.throws(() => checkOutputFolder(at('is-file/a/b')), { code, message: /'.*is-file' is a file/ });
  fs.symlinkSync('nowhere', at('dangling'));
  assert.throws(() => checkOutputFolder(at('dangling')), { code, message: /there is no folder/ });
  fs.unlinkSync(at('dangling'));
});

test('an empty folder that was there stays; one that was made for a script without files goes', async () => {
  const place = at('run');
  const [own, made] = [join(place, 'own'), join(place, 'made')];
  fs.mkdirSync(own, { recursive: true });
  for (const outFolder of [own, made]) {
    const run = runTest({
      description: { schema: 1, name: 't', script: '', ocr: false, driver: '/', globalTimeout: 1, nodes: [] },
      qemu: { command: [], environment: {}, firmwareFolders: [], origin: 'PATH' },
      accelerator: 'tcg',
      python: { command: [], environment: {} },
      store: '/',
      realPath: (path) => path,
      path: undefined,
      helperTree: undefined,
      companionTree: undefined,
      stateFolder: join(place, 'state'),
      outFolder,
      keep: false,
      interactive: false,
      recogniser: undefined,
      signal: AbortSignal.abort(new Error('interrupted')),
      note: () => {},
    });
    await assert.rejects(run, /interrupted/);
  }
  assert.deepEqual([fs.existsSync(own), fs.existsSync(made), fs.readdirSync(join(place, 'state'))], [true, false, []]);
});

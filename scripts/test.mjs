// Runs every test/**/*.test.ts (or the files named as arguments) and ends with a line "N passed, N failed, N skipped". Those that boot
// machines or measure the whole tool (test/e2e) come last and one at a time.
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const named = process.argv.slice(2);
const files = named.length ? named : readdirSync('test', { recursive: true }).filter((f) => f.endsWith('.test.ts')).sort().map((f) => `test/${f}`);
const isWhole = (file) => file.includes('e2e/');
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
process.execArgv.push('--import', 'tsx');

function batch(batchFiles, concurrency) {
  if (batchFiles.length === 0) return Promise.resolve();
  return new Promise((done) => {
    const stream = run({ files: batchFiles, concurrency, timeout: 45 * 60_000 });
    const isFile = (event) => event.name.endsWith('.test.ts');
    stream.on('test:pass', (event) => {
      if (event.details?.type === 'suite' || isFile(event)) return;
      counts[event.skip !== undefined ? 'skipped' : 'passed'] += 1;
    });
    stream.on('test:fail', (event) => {
      if (event.details?.error?.failureType === 'subtestsFailed') return;
      counts.failed += 1;
      failures.push(`${event.file ?? ''}: ${event.name}`);
    });
    stream.compose(new spec()).pipe(process.stdout, { end: false });
    stream.on('end', () => setTimeout(done, 300));
  });
}

await batch(files.filter((file) => !isWhole(file)), 2);
await batch(files.filter(isWhole), 1);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed || !counts.passed ? 1 : 0;

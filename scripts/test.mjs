// Runs every test/**/*.test.ts (or the files named as arguments) and ends with a line "N passed, N failed, N skipped".
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { readdirSync } from 'node:fs';

const named = process.argv.slice(2);
const files = named.length ? named
  : readdirSync('test', { recursive: true }).filter((f) => f.endsWith('.test.ts')).sort().map((f) => `test/${f}`);
const counts = { passed: 0, failed: 0, skipped: 0 };
process.execArgv.push('--import', 'tsx');
const stream = run({ files, concurrency: 2, timeout: 20 * 60_000 });
const isFile = (event) => event.name.endsWith('.test.ts');
stream.on('test:pass', (event) => {
  if (event.details?.type === 'suite' || isFile(event)) return;
  counts[event.skip !== undefined ? 'skipped' : 'passed'] += 1;
});
stream.on('test:fail', (event) => {
  if (event.details?.type === 'suite' && event.details?.error?.failureType === 'subtestsFailed') return;
  if (isFile(event) && event.details?.error?.failureType === 'subtestsFailed') return;
  counts.failed += 1;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on('end', () => setTimeout(() => {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed || !counts.passed ? 1 : 0;
}, 200));

// Runs every test/**/*.test.ts (or the files named as arguments) and ends with a line "N passed, N failed, N skipped". Those that boot
// machines or build whole systems (test/e2e) come last, so that no more than two of them run at once.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';

const words = process.argv.slice(2);
// `--name PATTERN`: only the tests whose names match.
const nameAt = words.indexOf('--name');
const testNamePatterns = nameAt < 0 ? [] : words.splice(nameAt, 2).slice(1);
const named = words.filter((word) => word !== '--all');
// `--all` (npm run test:all): also the files *.long.ts, and the cases of each test that CI has no time for (test/support/thorough.ts).
const all = process.argv.includes('--all');
if (all) process.env.BOOTFLAKE_TEST_ALL = '1';
const isTest = (file) => file.endsWith('.test.ts') || (all && file.endsWith('.long.ts'));
const files = named.length
  ? named
  : readdirSync('test', { recursive: true })
      .filter(isTest)
      .sort()
      .map((f) => `test/${f}`);
const isWhole = (file) => file.includes('e2e/');
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
const durations = new Map();
process.execArgv.push('--import', 'tsx');
// Threads of functions under test are those of the bundle, where that was built of these sources (src/system/start-thread.ts).
const made = existsSync('dist/bootflake.js') ? statSync('dist/bootflake.js').mtimeMs : 0;
const sources = readdirSync('src', { recursive: true }).map((file) => statSync(`src/${file}`).mtimeMs);
if (Math.max(...sources) < made) process.env.BOOTFLAKE_BUNDLE = `${pathToFileURL(resolve('dist'))}/`;
else delete process.env.BOOTFLAKE_BUNDLE;

function batch(batchFiles, concurrency) {
  if (batchFiles.length === 0) return Promise.resolve();
  return new Promise((done) => {
    const stream = run({
      files: batchFiles,
      concurrency,
      ...(testNamePatterns.length > 0 && { testNamePatterns }),
      timeout: (all ? 240 : 20) * 60_000,
    });
    const isFile = (event) => /\.(?:test|long)\.ts$/.test(event.name);
    stream.on('test:pass', (event) => {
      if (event.nesting === 0 && event.file)
        durations.set(event.file, (durations.get(event.file) ?? 0) + (event.details?.duration_ms ?? 0));
      if (event.details?.type === 'suite' || isFile(event)) return;
      if (event.skip === undefined) counts.passed += 1;
      else if (testNamePatterns.length === 0) {
        counts.skipped += 1;
        skips.push(`${event.file ?? ''}: ${event.name}: ${event.skip}`);
      }
    });
    stream.on('test:fail', (event) => {
      if (event.details?.error?.failureType === 'subtestsFailed') return;
      // A missing judge ends its test (test/support/judge.ts).
      if (event.skip !== undefined) {
        counts.skipped += 1;
        skips.push(`${event.file ?? ''}: ${event.name}: ${event.skip}`);
        return;
      }
      counts.failed += 1;
      failures.push(`${event.file ?? ''}: ${event.name}`);
    });
    stream.compose(new spec()).pipe(process.stdout, { end: false });
    stream.on('end', () => setTimeout(done, 300));
  });
}

await batch(
  files.filter((file) => !isWhole(file)),
  2,
);
// The longest first, so that none of them runs alone at the end.
const LONGEST = ['blog', 'own-software', 'nixpkgs', 'nixpkgs-image'].map((name) => `test/e2e/${name}.test.ts`);
const rank = (file) => (LONGEST.includes(file) ? LONGEST.indexOf(file) : LONGEST.length);
await batch(
  files.filter(isWhole).sort((a, b) => rank(a) - rank(b)),
  2,
);
const slowest = [...durations].sort(([, a], [, b]) => b - a).slice(0, 25);
if (durations.size > 20) for (const [file, ms] of slowest) console.log(`${(ms / 1000).toFixed(0).padStart(5)} s ${file}`);
for (const skip of skips) console.log(`skipped: ${skip}`);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed || !counts.passed ? 1 : 0;

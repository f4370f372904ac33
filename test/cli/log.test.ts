import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressEvent } from '../../src/base/progress.ts';
import type { BuildEvent, RealisePlan } from '../../src/realise/realise-types.ts';
import { BarLog } from '../../src/cli/log/bar-log.ts';
import { JsonLog } from '../../src/cli/log/json-log.ts';
import { levels, type Log, type LogOutput } from '../../src/cli/log/log.ts';
import { RawLog } from '../../src/cli/log/raw-log.ts';
import { Totals } from '../../src/cli/log/totals.ts';

const MiB = 1 << 20;
const hash = (letter: string): string => letter.repeat(32);
const package_ = (letter: string, name: string, size: number): RealisePlan['toBuild'][number] => ({
  drvPath: `/nix/store/${hash(letter)}-${name}.drv`,
  name,
  builder: 'builtin:debian-package',
  outPath: `/nix/store/${hash(letter)}-${name}`,
  downloadBytes: size,
  source: 'debian',
});
const image = {
  drvPath: `/nix/store/${hash('i')}-image.drv`,
  name: 'image',
  builder: 'builtin:disk-image',
  outPath: `/nix/store/${hash('i')}-image`,
  downloadBytes: 0,
  source: '',
};
const [small, large] = [package_('a', 'small', MiB), package_('b', 'large', 9 * MiB)];
const plan: RealisePlan = {
  toBuild: [small!, large!, image],
  toFetch: [],
  valid: [],
  downloadBytes: 10 * MiB,
  unpackedBytes: 30 * MiB,
  installedSize: 0,
  outputs: [],
};

type Step = { progress: ProgressEvent } | { build: BuildEvent } | { plan: RealisePlan } | { line: [string, string, string] };
const started = (id: string, activity: string, totalBytes?: number, download = true): Step => ({
  progress: { type: 'start', id, activity, download, ...(totalBytes !== undefined && { totalBytes }) },
});
const bytes = (id: string, count: number): Step => ({ progress: { type: 'advance', id, bytes: count } });
const finished = (id: string): Step => ({ progress: { type: 'finish', id } });
const build = (type: BuildEvent['type'], { drvPath, name }: { drvPath: string; name: string }): Step => ({
  build: { type, drvPath, name },
});

/** An index, a plan, a package whose download restarts, one that another process fetched, and an image larger than all downloads. */
const course: Step[] = [
  started('index', 'fetching the index'),
  bytes('index', 2 * MiB),
  bytes('index', MiB),
  finished('index'),
  { plan },
  build('started', large!),
  started(large!.drvPath, 'large', 9 * MiB),
  bytes(large!.drvPath, 6 * MiB),
  bytes(large!.drvPath, 5 * MiB),
  bytes(large!.drvPath, 3 * MiB),
  build('started', small!),
  build('finished', small!),
  finished(large!.drvPath),
  { line: ['large', 'unpacked', large!.drvPath] },
  build('finished', large!),
  build('started', image),
  started(image.drvPath, 'writing image', 200 * MiB, false),
  bytes(image.drvPath, 100 * MiB),
  bytes(image.drvPath, 100 * MiB),
  finished(image.drvPath),
  build('finished', image),
];

function run(log: Log, steps: Step[]): void {
  for (const step of steps) {
    if ('progress' in step) log.onProgress(step.progress);
    else if ('build' in step) log.onBuild(step.build);
    else if ('plan' in step) log.planned(step.plan);
    else log.buildLine(...step.line);
  }
  log.end();
}

function recorder(): LogOutput & { lines: string[]; drawn: string[] } {
  const [lines, drawn]: [string[], string[]] = [[], []];
  return {
    lines,
    drawn,
    columns: 80,
    text: (text) => void lines.push(...text.replace(/\n$/, '').split('\n')),
    draw: (line) => void drawn.push(line),
  };
}

test('the bytes received never exceed the total, and neither ever decreases', () => {
  let time = 0;
  const totals = new Totals(() => time);
  let before = { done: 0, total: 0 };
  for (const step of course) {
    time += 1000;
    if ('progress' in step) totals.onProgress(step.progress);
    else if ('build' in step) totals.onBuild(step.build);
    else if ('plan' in step) totals.planned(step.plan);
    const now = totals.downloaded;
    assert.ok(now.done <= now.total, JSON.stringify({ step, now }));
    assert.ok(now.done >= before.done, JSON.stringify({ step, now, before }));
    before = now;
  }
  // Neither what another process fetched nor what was written counts.
  assert.deepEqual(totals.downloaded, { done: 12 * MiB, total: 12 * MiB });
  assert.deepEqual([totals.finishedSteps, totals.steps, totals.activities.size], [3, 3, 0]);
});

test('the bar shows steps, bytes and the share of the longest step', () => {
  const output = recorder();
  let time = 0;
  const log = new BarLog(output, { most: levels.info, buildLines: false, explain: () => undefined }, () => (time += 200), false);
  run(log, course.slice(0, 9));
  const shown = output.drawn.filter((line) => line !== '');
  assert.ok(
    shown.some((line) => /^\[2\.0\/2\.0 MiB DL, .*\] fetching the index$/.test(line)),
    shown.join('\n'),
  );
  assert.match(shown.at(-1)!, /^\[0\/3, 12\.0\/13\.0 MiB DL, [\d.]+ MiB\/s\] large 100%$/);
  assert.ok(
    shown.some((line) => /^\[0\/3, 9\.0\/13\.0 MiB DL, .*\] large 66%$/.test(line)),
    shown.join('\n'),
  );
  assert.equal(output.drawn.at(-1), '', 'nothing is left of it');
  assert.ok(shown.every((line) => line.length < 80));
});

test('messages are printed above the bar, which is redrawn below them', () => {
  const output = recorder();
  const log = new BarLog(output, { most: levels.info, buildLines: true, explain: () => undefined }, () => 0, false);
  log.onProgress({ type: 'start', id: 'x', activity: 'x' });
  log.message(levels.warning, 'careful');
  log.buildLine('x', 'a line', '/x.drv');
  assert.deepEqual(output.lines, ['careful', 'x> a line']);
  assert.deepEqual(output.drawn, ['x', '', 'x', '', 'x']);
});

test('without a terminal prints a line for each download and build, like Nix', () => {
  const output = recorder();
  run(new RawLog(output, { most: levels.info, buildLines: true, explain: () => undefined }), course);
  assert.deepEqual(output.lines, [
    'fetching the index...',
    'this derivation will be built:',
    `  ${image.drvPath}`,
    'these 2 paths will be fetched (10.0 MiB download, 30.0 MiB unpacked):',
    `  ${small!.outPath}`,
    `  ${large!.outPath}`,
    `copying path '${large!.outPath}' from 'debian'...`,
    `copying path '${small!.outPath}' from 'debian'...`,
    'large> unpacked',
    `building '${image.drvPath}'...`,
  ]);
  const quiet = recorder();
  run(new RawLog(quiet, { most: levels.warning, buildLines: false, explain: () => undefined }), course);
  assert.deepEqual(quiet.lines, []);
});

test('explains once, with the first path, that the store is elsewhere', () => {
  const output = recorder();
  let said = false;
  const explain = (text: string): string | undefined => {
    if (said || !text.includes('/nix/store/')) return undefined;
    said = true;
    return '(it is elsewhere)';
  };
  run(new RawLog(output, { most: levels.info, buildLines: false, explain }), course);
  assert.deepEqual(output.lines.slice(1, 3), ['(it is elsewhere)', 'this derivation will be built:']);
  assert.equal(output.lines.filter((line) => line === '(it is elsewhere)').length, 1);
});

test("internal-json has a start, results and a stop for each activity, with Nix's numbers", () => {
  const output = recorder();
  const log = new JsonLog(output, levels.info);
  log.message(levels.error, '\x9berror: bad', 'bad');
  run(log, course);
  const entries = output.lines.map((line) => {
    assert.match(line, /^@nix \{/);
    return JSON.parse(line.slice(5)) as {
      action: string;
      id?: number;
      type?: number;
      fields?: unknown[];
      level?: number;
      msg?: string;
      raw_msg?: string;
      text?: string;
    };
  });
  assert.ok(output.lines[0]!.includes('\\u009berror'));
  assert.deepEqual(entries[0], { action: 'msg', level: 0, msg: '\x9berror: bad', raw_msg: 'bad' });
  const starts = entries.filter(({ action }) => action === 'start');
  const stops = entries.filter(({ action }) => action === 'stop');
  assert.deepEqual(stops.map(({ id }) => id).sort(), starts.map(({ id }) => id).sort(), 'what starts stops, once');
  const of = (text: string) => starts.find((entry) => entry.text === text)!;
  assert.deepEqual([of('fetching the index').type, of('fetching the index').fields], [101, ['index']]);
  assert.deepEqual([of(`building '${image.drvPath}'`).type, of(`building '${image.drvPath}'`).fields], [105, [image.drvPath, '', 1, 1]]);
  assert.equal(of(`copying path '${large!.outPath}' from 'debian'`).type, 100);
  const results = (id: number | undefined, type: number) =>
    entries.filter((entry) => entry.action === 'result' && entry.id === id && entry.type === type).map(({ fields }) => fields);
  assert.deepEqual(results(of(`copying path '${large!.outPath}' from 'debian'`).id, 101), [['unpacked']]);
  for (const [done, expected] of results(of(`copying path '${large!.outPath}' from 'debian'`).id, 105) as [number, number][])
    assert.ok(done <= expected);
  const [, builds, copies] = starts.filter(({ text }) => text === '');
  assert.deepEqual([builds!.type, results(builds!.id, 105).at(-1)], [104, [1, 1, 0, 0]]);
  assert.deepEqual([copies!.type, results(copies!.id, 105).at(-1)], [103, [2, 2, 0, 0]]);
});

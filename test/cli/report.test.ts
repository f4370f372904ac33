/** How an error is shown: with the user's own files, and no more than fits on a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootflakeError, type TraceStep } from '../../src/base/errors.ts';
import { renderError, styleFor } from '../../src/cli/report.ts';
import { packageRoot } from '../../src/system/package-root.ts';

const plain = styleFor({ colours: false });
const ours = (file: string): string => `${packageRoot()}/distro/${file}`;
const at = (file: string, line = 3): TraceStep['position'] => ({ file, line, column: 1, sourceLine: 'x = 1;' });
const shown = (trace: TraceStep[], message = 'wrong', showTrace = false, code = 'eval/type-error'): string =>
  renderError(new BootflakeError({ code, message, position: at('./configuration.nix', 1), trace }), plain, { showTrace });
const rows = (text: string): number => text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 80)), 0);

test('shows steps in our library only with --show-trace', () => {
  const trace = [
    { message: 'while evaluating `value`', position: at(ours('lib/modules/leaf.nix')) },
    { message: 'while evaluating list element at index 49' },
    { message: 'while evaluating `mine`', position: at('./other.nix') },
  ];
  const text = shown(trace);
  assert.match(text, /mine/);
  assert.match(text, /2 more steps; --show-trace/);
  assert.doesNotMatch(text, /leaf\.nix|index 49/);
  assert.match(shown(trace, 'wrong', true), /leaf\.nix[^]*index 49/);
});

test("names the user's definitions of an option, not the library's", () => {
  const step = (places: string[]): TraceStep => ({ message: `while evaluating the option \`a.b', defined at ${places.join(', ')}:` });
  const text = shown([
    step([`\`${ours('a.nix')}:1:1'`, "`./configuration.nix:3:3'", `\`${ours('b.nix')}' (written at \`${ours('c.nix')}:1:1')`]),
    step([`\`${ours('a.nix')}:1:1'`]),
  ]);
  assert.match(text, /option `a\.b', defined at `\.\/configuration\.nix:3:3':$/m);
  assert.doesNotMatch(text, /distro/);
});

test("the end of a failed builder's log is shown, as many lines as there is room for", () => {
  const trace = [
    ...Array.from({ length: 25 }, (_, i) => ({ message: `log: line ${i}` })),
    { message: "while building '/nix/store/x.drv'" },
  ];
  const text = renderError(new BootflakeError({ code: 'build/failed', message: 'builder failed', trace, hint: 'Read it.' }), plain);
  assert.match(
    text,
    /^error: builder failed\n {7}> line \d+\n[^]*> line 24\n {2}… while building '\/nix\/store\/x.drv'\n {2}hint: Read it.\n/,
  );
  assert.ok(rows(text) <= 24 && rows(text) > 18, text);
  assert.doesNotMatch(text, /more steps/);
});

test('does not show the position of the error twice', () => {
  const text = shown([{ message: 'while it was needed again here', position: at('./configuration.nix', 1) }]);
  assert.equal(text.match(/configuration\.nix:1:1/g)?.length, 1);
});

test('an evaluation error fits on a terminal of 24 rows and 80 columns', () => {
  const steps = Array.from({ length: 30 }, (_, i) => ({
    message: `while evaluating step ${i} ${'x'.repeat(200)}`,
    position: at('./other.nix', i + 2),
  }));
  for (const length of [1, 10, 18, 19, 20, 21, 60]) {
    const message = Array.from(
      { length },
      (_, i) => `line ${i} of a message that takes two rows of a terminal with eighty columns, as many do`,
    ).join('\n');
    const text = shown(steps, message);
    assert.ok(rows(text) <= 24, `${rows(text)} rows:\n${text}`);
    assert.match(text, /^error: line 0/);
    assert.match(text, /\[eval\/type-error\]$/);
    assert.equal(shown(steps, message, true).includes(`line ${length - 1}`), true);
  }
  assert.match(shown([], 'a\n'.repeat(100), false, 'build/failed'), /(\n {7}a){99}/);
});

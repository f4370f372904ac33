import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../../src/base/errors.ts';
import { allBuiltins } from '../../../src/eval/builtins/index.ts';
import { Evaluator } from '../../../src/eval/evaluator.ts';
import { printValue } from '../../../src/eval/print.ts';
import { decodeBytes, encodeBytes } from '../../../src/lang/bytes.ts';
import { failures, values } from './expressions.ts';
import { MemoryHost } from './memory-host.ts';

const here = import.meta.dirname;

function evaluate(expression: string): string {
  const ev = new Evaluator({ host: new MemoryHost(), builtins: allBuiltins });
  const printed = ev.toplevel(() =>
    printValue(ev.evalString(encodeBytes(expression), join(here, 'files')), { style: 'instantiate', force: true }),
  );
  return decodeBytes(printed).replaceAll(here, '@');
}

for (const [expression, printed] of values) {
  test(expression, () => assert.equal(evaluate(expression), printed));
}

for (const [expression, code, message] of failures) {
  test(expression, () => {
    assert.throws(
      () => evaluate(expression),
      (error: unknown) => {
        assert.ok(error instanceof BootflakeError, String(error));
        assert.equal(error.code, code);
        assert.equal(error.message.split('\n')[0]!.replaceAll(here, '@'), message);
        return true;
      },
    );
  });
}

test("an error of the host has the position of the builtin's call", () => {
  assert.throws(
    () => evaluate('let\n  f = builtins.readFile ./missing;\nin f'),
    (error: unknown) => {
      assert.ok(error instanceof BootflakeError);
      assert.equal(error.code, 'eval/missing-path');
      assert.deepEqual([error.position?.line, error.position?.sourceLine], [2, '  f = builtins.readFile ./missing;']);
      return true;
    },
  );
});

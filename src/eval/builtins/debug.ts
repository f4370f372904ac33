import { Attrs } from '../attrs.ts';
import { coerceToString } from '../coerce.ts';
import { ContextCollector } from '../context.ts';
import { addStep, catchableError, evalError, EvalError } from '../error.ts';
import { forceString } from '../expect.ts';
import { force, forceDeep } from '../force.ts';
import { printValue } from '../print.ts';
import { charsOf } from '../context.ts';
import { isString, type BuiltinDef } from '../value.ts';

export const debugBuiltins: BuiltinDef[] = [
  {
    name: 'abort',
    args: ['s'],
    global: true,
    doc: 'Ends the evaluation with the error message *s*. `tryEval` does not catch it.',
    run(ev, pos, s) {
      const message = coerceToString(
        ev,
        s!,
        new ContextCollector(),
        { copyToStore: true },
        pos,
        'the error message passed to builtins.abort',
      );
      throw evalError('eval/abort', `evaluation aborted with the following error message: '${message}'`, pos);
    },
  },
  {
    name: 'throw',
    args: ['s'],
    global: true,
    doc: 'Throws the error message *s*; `tryEval` catches it.',
    run(ev, pos, s) {
      throw catchableError(
        'eval/throw',
        coerceToString(ev, s!, new ContextCollector(), { copyToStore: true }, pos, 'the error message passed to builtins.throw'),
        pos,
      );
    },
  },
  {
    name: 'tryEval',
    args: ['e'],
    doc:
      'Evaluates *e* (not deeply): `{ success = true; value = e; }`, or `{ success = false; value = false; }` when it fails by `throw`, ' +
      '`assert` or a search path look-up. Other errors pass.',
    run(_ev, _pos, e) {
      try {
        force(e!);
        return Attrs.from([
          ['success', true],
          ['value', e!],
        ]);
      } catch (error) {
        if (error instanceof EvalError && error.catchable)
          return Attrs.from([
            ['success', false],
            ['value', false],
          ]);
        throw error;
      }
    },
  },
  {
    name: 'addErrorContext',
    args: ['context', 'value'],
    doc: 'Evaluates *value*; when that fails, the message *context* is added to the trace of the error.',
    run(ev, pos, context, value) {
      try {
        return force(value!);
      } catch (error) {
        addStep(
          error,
          coerceToString(ev, context!, new ContextCollector(), {}, pos, 'the error message passed to builtins.addErrorContext'),
          pos,
        );
        throw error;
      }
    },
  },
  {
    name: 'seq',
    args: ['e1', 'e2'],
    doc: 'Evaluates *e1*, then returns *e2*.',
    run(_ev, _pos, a, b) {
      force(a!);
      return force(b!);
    },
  },
  {
    name: 'deepSeq',
    args: ['e1', 'e2'],
    doc: 'Evaluates *e1* and all that is inside it, then returns *e2*.',
    run(_ev, _pos, a, b) {
      forceDeep(a!);
      return force(b!);
    },
  },
  {
    name: 'trace',
    args: ['e1', 'e2'],
    doc: 'Prints *e1* on standard error, then returns *e2*.',
    run(ev, _pos, a, b) {
      const message = force(a!);
      ev.host.trace(isString(message) ? charsOf(message) : printValue(a!, { style: 'eval' }));
      return force(b!);
    },
  },
  {
    name: 'traceVerbose',
    args: ['e1', 'e2'],
    doc: 'As `trace` when verbose traces are asked for (`--trace-verbose`), else returns *e2* alone.',
    run(ev, _pos, a, b) {
      if (ev.settings.traceVerbose) {
        const message = force(a!);
        ev.host.trace(isString(message) ? charsOf(message) : printValue(a!, { style: 'eval' }));
      }
      return force(b!);
    },
  },
  {
    name: 'warn',
    args: ['e1', 'e2'],
    doc: 'Prints the string *e1* as a warning on standard error, then returns *e2*.',
    run(ev, pos, a, b) {
      ev.host.warn(forceString(a!, pos, 'the first argument; the message passed to builtins.warn'));
      if (ev.settings.abortOnWarn)
        throw evalError(
          'eval/abort-on-warn',
          'aborting to reveal stack trace of warning, as abort-on-warn is set',
          pos,
          'without --abort-on-warn, or NIX_ABORT_ON_WARN, evaluation goes on',
        );
      return force(b!);
    },
  },
  {
    name: 'break',
    args: ['v'],
    global: true,
    doc: 'Answers *v*. (In Nix it starts the debugger, where one runs.)',
    run: (_ev, _pos, v) => force(v!),
  },
];

import { decodeBytes } from '../lang/bytes.ts';
import { noPos } from '../lang/position.ts';
import { EvalError, toPosition } from './error.ts';
import type { ThunkSite } from './thunk-site.ts';
import type { Thunk } from './value.ts';

/** A value that needs itself. What value that is becomes known on the way out, where its thunk's code is at hand. */
export class InfiniteRecursion extends EvalError {
  /** The thunk that was asked for while it was being evaluated. */
  culprit: Thunk | null = null;

  constructor() {
    super({ code: 'eval/infinite-recursion', message: 'infinite recursion encountered: a value needs its own value' }, noPos, false);
  }

  /** Says what the culprit is and where it was defined: an option by its name, where the module system was evaluating one. */
  tell(site: ThunkSite): void {
    const option = this.option();
    if (option !== undefined) {
      this.message = `infinite recursion encountered: the option \`${option}' needs its own value`;
      return;
    }
    const defined = toPosition(site.pos);
    const called = site.call ? 'the result of ' : '';
    const what = called + (site.name !== null ? `\`${site.name}\`` : site.call ? 'a function' : 'a value');
    const place = defined ? ` (defined at ${defined.file}:${defined.line}:${defined.column})` : '';
    this.message = `infinite recursion encountered: ${what}${place} needs its own value`;
    if (site.pos !== noPos) this.pos = site.pos;
  }

  /** The option whose value is the culprit: lib's modules/errors.nix names options in the steps, and the outermost one up to here is it. */
  private option(): string | undefined {
    for (let i = this.steps.length - 1; i >= 0; i--) {
      const step = this.steps[i]!;
      const name = typeof step === 'function' ? null : /^while evaluating the option `([^']*)'/.exec(step.message);
      if (name) return decodeBytes(name[1]!);
    }
    return undefined;
  }
}

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

  /** Says what the culprit is and where it was defined. */
  tell(site: ThunkSite): void {
    const defined = toPosition(site.pos);
    const called = site.call ? 'the result of ' : '';
    const what = called + (site.name !== null ? `\`${site.name}\`` : site.call ? 'a function' : 'a value');
    this.message = `infinite recursion encountered: ${what}${defined ? ` (defined at ${defined.file}:${defined.line}:${defined.column})` : ''} needs its own value`;
    if (site.pos !== noPos) this.pos = site.pos;
  }
}

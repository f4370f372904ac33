import type { Pos } from '../lang/position.ts';
import { evalError } from './error.ts';

/** Nix's `max-call-depth`, where it is set: calls within calls are counted, of functions and of builtins. */
export class CallDepth {
  private depth = 0;

  constructor(private readonly most: number) {}

  /** Runs one call. Throws `eval/stack-overflow` where there would be too many within each other. */
  within<T>(pos: Pos, call: () => T): T {
    if (this.depth > this.most)
      throw evalError(
        'eval/stack-overflow',
        'stack overflow; max-call-depth exceeded',
        pos,
        `max-call-depth is ${this.most}: --max-call-depth NUMBER raises it; without it calls nest as deep as there is memory for`,
      );
    this.depth++;
    try {
      return call();
    } finally {
      this.depth--;
    }
  }
}

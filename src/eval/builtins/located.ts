import { BootflakeError } from '../../base/errors.ts';
import { EvalError } from '../error.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef } from '../value.ts';

/** The same builtins, with what the host throws (a missing file, a mirror that is down) placed where the builtin was called. */
export function located(builtins: readonly BuiltinDef[]): BuiltinDef[] {
  return builtins.map((def) => ({
    ...def,
    run(ev, pos, ...args) {
      try {
        return def.run(ev, pos, ...args);
      } catch (error) {
        throw place(error, pos);
      }
    },
  }));
}

/** An error that says where already is answered as it is. */
function place(error: unknown, pos: Pos): unknown {
  if (!(error instanceof BootflakeError) || error instanceof EvalError || error.position) return error;
  const { code, message, hint, trace, exitStatus } = error;
  return new EvalError({ code, message, trace, exitStatus, cause: error, ...(hint !== undefined && { hint }) }, pos, false);
}

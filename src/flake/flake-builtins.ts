import { Attrs } from '../eval/attrs.ts';
import { evalError } from '../eval/error.ts';
import { forceAttrs, forceStringNoContext } from '../eval/expect.ts';
import { force } from '../eval/force.ts';
import type { BuiltinDef, Value } from '../eval/value.ts';
import { decodeBytes, encodeBytes } from '../lang/bytes.ts';
import type { FlakeEngine } from './engine.ts';
import { lockFlake } from './lock-flake.ts';
import { flakeRefFromAttrs, flakeRefToAttrs, parseFlakeRef, printFlakeRef } from './ref.ts';
import { isLockedInput } from './scheme/index.ts';
import type { InputAttrs } from './scheme/scheme.ts';

/** The builtins that speak of flakes. */
export function flakeBuiltins(engine: FlakeEngine): BuiltinDef[] {
  return [
    {
      name: 'getFlake', args: ['args'],
      doc: 'Fetches a flake and answers its outputs and facts, as `self` in its own `outputs`. In pure evaluation the reference must be locked.',
      run(ev, pos, value) {
        const text = decodeBytes(forceStringNoContext(value!, pos, 'the argument passed to builtins.getFlake'));
        const ref = parseFlakeRef(text);
        if (ev.host.pureEval && !isLockedInput(ref.input)) {
          throw evalError('eval/impure', encodeBytes(`cannot call 'getFlake' on unlocked flake reference '${text}', at this place (use --impure to override)`), pos);
        }
        const flake = { ...engine.options.flake, writeLockFile: false, overrideInputs: {}, updateInputs: [], recreateLockFile: false };
        return engine.call(lockFlake(engine.loader, ref, { flake, baseDir: engine.options.baseDir }));
      },
    },
    {
      name: 'parseFlakeRef', args: ['flake-ref'],
      doc: 'The attributes of a flake reference: `parseFlakeRef "github:NixOS/nixpkgs/23.05"` has type, owner, repo and ref.',
      run(_ev, pos, value) {
        const ref = parseFlakeRef(decodeBytes(forceStringNoContext(value!, pos, 'the argument passed to builtins.parseFlakeRef')), { isFlake: true });
        return Attrs.from(Object.entries(flakeRefToAttrs(ref)).map(([name, attr]): [string, Value] => [name, typeof attr === 'string' ? encodeBytes(attr) : attr]));
      },
    },
    {
      name: 'flakeRefToString', args: ['attrs'],
      doc: 'The text form of a flake reference that is given by its attributes.',
      run(_ev, pos, value) {
        const attrs: InputAttrs = {};
        for (const [name, attr] of forceAttrs(value!, pos, 'the argument passed to builtins.flakeRefToString').entries()) {
          const forced = force(attr);
          if (typeof forced === 'string') attrs[name] = decodeBytes(forced);
          else if (typeof forced === 'number' || typeof forced === 'boolean') attrs[name] = forced;
          else throw evalError('eval/type-error', `flake reference attribute '${name}' must be a string, an integer or a Boolean`, pos);
        }
        return encodeBytes(printFlakeRef(flakeRefFromAttrs(attrs)));
      },
    },
  ];
}

import { Attrs } from '../attrs.ts';
import { evalError, typeError } from '../error.ts';
import { forceAttrs, forceStringNoContext } from '../expect.ts';
import { force } from '../force.ts';
import { describeType } from '../print.ts';
import { decodeBytes, encodeBytes } from '../../lang/bytes.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';

function unsupported(name: string, pos: Pos): Error {
  return evalError('eval/unsupported-feature', `builtins.${name} is not available in this evaluation, which knows no flakes`, pos);
}

export const flakeBuiltins: BuiltinDef[] = [
  {
    name: 'getFlake',
    args: ['args'],
    doc:
      'Fetches the flake that a reference names (`"github:owner/repo/REV"`) and returns its outputs. Pure evaluation needs a locked ' +
      'reference.',
    run(ev, pos, v) {
      const reference = forceStringNoContext(v!, pos, 'the argument passed to builtins.getFlake');
      if (!ev.host.getFlake) throw unsupported('getFlake', pos);
      return ev.host.getFlake(ev, decodeBytes(reference));
    },
  },
  {
    name: 'parseFlakeRef',
    args: ['flake-ref'],
    doc:
      'A flake reference as a set: `parseFlakeRef "github:NixOS/nixpkgs/23.05?dir=lib"` is `{ dir = "lib"; owner = "NixOS"; ref = ' +
      '"23.05"; repo = "nixpkgs"; type = "github"; }`.',
    run(ev, pos, v) {
      const reference = forceStringNoContext(v!, pos, 'the argument passed to builtins.parseFlakeRef');
      if (!ev.host.parseFlakeRef) throw unsupported('parseFlakeRef', pos);
      const attrs = ev.host.parseFlakeRef(decodeBytes(reference));
      return Attrs.from(
        Object.entries(attrs).map(([name, value]): [string, Value] => [name, typeof value === 'string' ? encodeBytes(value) : value]),
      );
    },
  },
  {
    name: 'flakeRefToString',
    args: ['attrs'],
    doc: 'A flake reference given as a set, as text: the inverse of `parseFlakeRef`.',
    run(ev, pos, v) {
      const attrs: Record<string, string | number | boolean> = {};
      for (const [name, value, at] of forceAttrs(v!, pos, 'the argument passed to builtins.flakeRefToString').entries()) {
        const f = force(value);
        if (typeof f === 'number') {
          if (f < 0) throw evalError('eval/bad-argument', `negative value given for flake ref attr ${name}: ${f}`, at || pos);
          attrs[name] = f;
        } else if (typeof f === 'boolean') attrs[name] = f;
        else if (typeof f === 'string') attrs[name] = decodeBytes(f);
        else
          throw typeError(
            `flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '${name}' is ` +
              `${describeType(f)}`,
            at || pos,
          );
      }
      if (!ev.host.flakeRefToString) throw unsupported('flakeRefToString', pos);
      return encodeBytes(ev.host.flakeRefToString(attrs));
    },
  },
];

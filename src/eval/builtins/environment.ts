import { forceStringNoContext } from '../expect.ts';
import type { BuiltinDef } from '../value.ts';

export const environmentBuiltins: BuiltinDef[] = [
  {
    name: 'getEnv',
    args: ['s'],
    doc: 'The environment variable *s*, or `""` when there is none. Always `""` in pure evaluation.',
    run(ev, pos, v) {
      const name = forceStringNoContext(v!, pos, 'the first argument passed to builtins.getEnv');
      return ev.host.pureEval ? '' : ev.host.getEnv(name);
    },
  },
];

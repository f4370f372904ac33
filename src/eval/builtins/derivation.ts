import { derivationStrict } from '../../derive/derivation-strict.ts';
import { outputPlaceholder } from '../../nix-format/derivation.ts';
import { Attrs, AttrsBuilder } from '../attrs.ts';
import { evalError } from '../error.ts';
import type { Evaluator } from '../evaluator.ts';
import { forceAttrs, forceList, forceStringNoContext, requireAttr } from '../expect.ts';
import { force, makeThunk } from '../force.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';

/**
 * `derivation`, which in Nix is a function written in Nix: the attributes, one attribute an output, `all` and `drvAttrs`.
 * Nothing but the names of the outputs is evaluated until a path is asked for.
 */
function derivation(ev: Evaluator, argument: Value, pos: Pos): Attrs {
  const drvAttrs = forceAttrs(argument, pos, 'the argument passed to builtins.derivation');
  const outputsValue = drvAttrs.get('outputs');
  const outputs =
    outputsValue === undefined
      ? ['out']
      : forceList(outputsValue, pos, "the attribute 'outputs' of a derivation").map((name) =>
          forceStringNoContext(name, pos, "an element of the attribute 'outputs' of a derivation"),
        );
  const strict = makeThunk(() => derivationStrict(ev, drvAttrs, pos));
  const output = (name: string) => makeThunk(() => force(requireAttr(force(strict) as Attrs, name, pos, 'a derivation')));
  const drvPath = output('drvPath');
  let common: Attrs;
  const sets = outputs.map((name) => {
    const outPath = output(name);
    return makeThunk(() =>
      common.update(
        Attrs.from([
          ['outPath', outPath],
          ['drvPath', drvPath],
          ['type', 'derivation'],
          ['outputName', name],
        ]),
      ),
    );
  });
  const byName = new AttrsBuilder();
  outputs.forEach((name, i) => {
    if (!byName.has(name)) byName.set(name, sets[i]!);
  });
  common = drvAttrs.update(byName.build()).update(
    Attrs.from([
      ['all', sets],
      ['drvAttrs', drvAttrs],
    ]),
  );
  if (sets.length === 0) throw requireFirst(pos);
  return force(sets[0]!) as Attrs;
}

function requireFirst(pos: Pos): Error {
  return evalError('eval/index-out-of-range', "'builtins.head' called on an empty list", pos, 'a derivation needs at least one output');
}

export const derivationBuiltins: BuiltinDef[] = [
  {
    name: 'derivation',
    args: ['attrs'],
    global: true,
    doc:
      'Describes one step of a build: `name`, `system` and `builder` are needed; `args`, `outputs`, `outputHash`, `outputHashAlgo`, ' +
      '`outputHashMode` and `__structuredAttrs` mean what they mean in Nix; all others are given to the builder. Answers a set with ' +
      '`outPath` and `drvPath`.',
    run: (ev, pos, attrs) => derivation(ev, attrs!, pos),
  },
  {
    name: 'derivationStrict',
    args: ['attrs'],
    global: true,
    doc:
      'What `derivation` is made of: evaluates all attributes, writes the `.drv` file, and returns `drvPath` and the path of each ' +
      'output.',
    run: (ev, pos, attrs) => derivationStrict(ev, attrs!, pos),
  },
  {
    name: 'outputOf',
    args: ['derivation-reference', 'output-name'],
    feature: 'dynamic-derivations',
    doc: 'Not supported: the output of a derivation that is itself built. Calling it is an error.',
    run(_ev, pos) {
      throw evalError(
        'eval/unsupported-feature',
        "builtins.outputOf needs the experimental Nix feature 'dynamic-derivations', which is not supported",
        pos,
        'name the derivation at evaluation, so that its outputs are known',
      );
    },
  },
  {
    name: 'placeholder',
    args: ['output'],
    global: true,
    doc: "A string that stands, within a derivation's own attributes, for the path of its output *output*.",
    run: (_ev, pos, output) => outputPlaceholder(forceStringNoContext(output!, pos, 'the first argument passed to builtins.placeholder')),
  },
];

/** Programs of a flake, as `nix run` finds them: apps, and the main programs of packages. */
import {
  Attrs,
  charsOf,
  ContextCollector,
  coerceToString,
  decodeBytes,
  describeType,
  force,
  type Forced,
  isString,
  noPos,
} from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import type { FlakeEngine } from '../session/engine.ts';
import type { Program } from '../session/session-types.ts';
import type { EvaluatedAttribute } from '../session/worker-protocol.ts';

/** Anything that is not a derivation: what is wrong with it is reported as for an app. */
export function isApp(value: Forced): value is Attrs {
  if (!(value instanceof Attrs)) return false;
  const type = value.get('type');
  return type !== undefined && force(type) !== 'derivation';
}

/** Throws `flake/not-an-app`. */
export function evaluatedApp(engine: FlakeEngine, app: Attrs, path: readonly string[]): EvaluatedAttribute {
  const attrPath = printAttrPath(path);
  const type = textOf(app, 'type', attrPath);
  if (type !== 'app')
    throw flakeError('not-an-app', `attribute '${attrPath}' has unsupported type '${type}'`, 'The type of a program is "app".');
  const program = textOf(app, 'program', attrPath);
  const context = new ContextCollector();
  coerceToString(engine.evaluator, app.get('program')!, context, {}, noPos);
  if (!/^\/nix\/store\/[^/]+/.test(program))
    throw flakeError(
      'not-an-app',
      `app program '${program}' is not in the Nix store`,
      'Refer to a program of a package: program = "${package}/bin/NAME".',
    );
  const requests = new Map<string, string[]>();
  for (const element of context.context) {
    const [, output, drvPath] = /^!([^!]*)!(.*)$/s.exec(element) ?? [];
    if (output !== undefined) requests.set(drvPath!, [...(requests.get(drvPath!) ?? []), output]);
  }
  return {
    drvPath: [...requests.keys()][0] ?? '',
    attrPath,
    outputNames: [],
    outputs: {},
    meta: {},
    program: { path: program, requests: [...requests].map(([drvPath, outputs]) => ({ drvPath, outputs })) },
  };
}

/** The program of a package: `meta.mainProgram`, else its `pname`, else its name without the version. */
export function mainProgram(value: Attrs, { drvPath, meta, attrPath }: EvaluatedAttribute): Program {
  const outPath = textOf(value, 'outPath', attrPath);
  const output = value.has('outputName') ? textOf(value, 'outputName', attrPath) : 'out';
  const named = meta.mainProgram ?? (value.has('pname') ? textOf(value, 'pname', attrPath) : undefined);
  return { path: `${outPath}/bin/${String(named ?? withoutVersion(String(meta.name)))}`, requests: [{ drvPath, outputs: [output] }] };
}

/** The version begins at the first dash that no letter follows. */
function withoutVersion(name: string): string {
  return name.replace(/-(?![A-Za-z]).*$/s, '');
}

function textOf(set: Attrs, name: string, attrPath: string): string {
  const value = set.get(name);
  const forced = value === undefined ? undefined : force(value);
  if (forced !== undefined && isString(forced)) return decodeBytes(charsOf(forced));
  throw flakeError(
    'not-an-app',
    forced === undefined ? `attribute '${attrPath}' has no '${name}'` : `'${attrPath}.${name}' is not a string but ${describeType(forced)}`,
    'An app is { type = "app"; program = "${package}/bin/NAME"; }.',
  );
}

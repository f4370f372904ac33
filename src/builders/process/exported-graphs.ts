/** `exportReferencesGraph`: the closure of store paths, as a list that Nix's registration reads, or as JSON. */
import { BootflakeError } from '../../base/errors.ts';
import { hashAlgorithm, formatHash } from '../../nix-format/hash.ts';
import { splitStorePath } from '../../nix-format/store-path.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import type { DerivationOptions } from './derivation-options.ts';
import { JsonNumber, type Json } from './json-bytes.ts';

/** The part of the store that graphs are made from. */
export interface GraphStore {
  pathInfo(path: string): ValidPathInfo;
  /** What the paths refer to, directly or not, sorted. */
  closure(paths: readonly string[]): string[];
  /** The outputs of a derivation in the store. */
  outputsOf(drvPath: string): string[];
  isInput(path: string): boolean;
}

/** Returns what the builder gets, by file name or key of the structured attributes. */
export function exportedGraphs({ exportReferencesGraph, structured }: DerivationOptions, store: GraphStore): Map<string, Json> {
  const graphs = new Map<string, Json>();
  for (const [name, paths] of exportReferencesGraph) {
    const closure = exportedClosure(paths, store);
    graphs.set(name, structured ? closure.map((path) => describedPath(path, store)) : registration(closure, store));
  }
  return graphs;
}

/** With a derivation goes what it makes, so that a build can take all that another one needs. */
function exportedClosure(paths: readonly string[], store: GraphStore): string[] {
  const roots = paths.map((path) => {
    const storePath = splitStorePath(path)?.storePath;
    if (storePath === undefined || !store.isInput(storePath))
      throw new BootflakeError({
        code: 'build/not-an-input',
        message: `cannot export references of path '${path}' because it is not in the input closure of the derivation`,
      });
    return storePath;
  });
  const closure = store.closure(roots);
  const made = closure.filter((path) => path.endsWith('.drv')).flatMap((path) => store.outputsOf(path));
  return made.length === 0 ? closure : store.closure([...closure, ...made]);
}

/** As `nix-store --register-validity` reads it: the path, no deriver, the number of references and those. */
function registration(closure: readonly string[], store: GraphStore): string {
  return closure
    .map((path) => {
      const { references } = store.pathInfo(path);
      return [path, '', references.length, ...references].map((line) => `${line}\n`).join('');
    })
    .join('');
}

function describedPath(path: string, store: GraphStore): Json {
  const { narHash, narSize, references, ca } = store.pathInfo(path);
  const closureSize = store.closure([path]).reduce((sum, each) => sum + store.pathInfo(each).narSize, 0);
  return new Map<string, Json>([
    ['closureSize', new JsonNumber(String(closureSize))],
    ['narHash', nix32(narHash)],
    ['narSize', new JsonNumber(String(narSize))],
    ['path', path],
    ['references', [...references].sort()],
    ['valid', true],
    ...(ca === undefined ? [] : [['ca', ca] as [string, Json]]),
  ]);
}

/** From `sha256-BASE64` to `sha256:BASE32`. */
function nix32(sri: string): string {
  const dash = sri.indexOf('-');
  const algorithm = hashAlgorithm(sri.slice(0, dash))!;
  return formatHash({ algorithm, bytes: Buffer.from(sri.slice(dash + 1), 'base64') }, 'nix32', true);
}

/** The contents of flake.lock: a graph of locked inputs, edges by name; an edge may follow another input instead. Written as version 7. */
import { flakeError } from '../base/flake-error.ts';
import { flakeRefToAttrs, printFlakeRef, sameFlakeRef, type FlakeRef } from './ref.ts';
import { relativePath } from '../fetch/scheme/path.ts';
import { isLockedInput } from '../fetch/scheme/index.ts';
import { numberAttr, type InputAttrs } from '../fetch/scheme/scheme.ts';

/** The names from the root to an input: `nixops/nixpkgs`. */
export type InputPath = readonly string[];

export interface LockNode {
  /** Sorted by name when written. An array is a `follows` path from the root. */
  inputs: Map<string, LockNode | InputPath>;
  /** undefined for the root only. */
  lock?: LockedInput;
}

export interface LockedInput {
  locked: FlakeRef;
  original: FlakeRef;
  isFlake: boolean;
  /** For a relative path: the input whose tree contains it. */
  parent?: InputPath;
}

export function isFollows(edge: LockNode | InputPath): edge is InputPath {
  return Array.isArray(edge);
}

export function emptyLock(): LockNode {
  return { inputs: new Map() };
}

/** As in the file. */
interface LockNodeJson {
  inputs?: Record<string, string | string[]>;
  locked?: InputAttrs;
  original?: InputAttrs;
  flake?: boolean;
  parent?: string[];
}

export interface PrintedLock {
  text: string;
  /** The key of each node in the file. */
  keys: Map<LockNode, string>;
}

/** The bytes that Nix writes (without the final line break, as fingerprints take them). */
export function printLock(root: LockNode): PrintedLock {
  const keys = new Map<LockNode, string>();
  const taken = new Set<string>();
  const nodes = record<LockNodeJson>();
  const print = (wanted: string, node: LockNode): string => {
    const known = keys.get(node);
    if (known !== undefined) return known;
    let key = wanted;
    for (let n = 2; taken.has(key); n += 1) key = `${wanted}_${n}`;
    taken.add(key);
    keys.set(node, key);
    const plain: LockNodeJson = {};
    const names = [...node.inputs.keys()].sort();
    if (names.length) {
      plain.inputs = record();
      for (const name of names) {
        const edge = node.inputs.get(name) as LockNode | InputPath;
        plain.inputs[name] = isFollows(edge) ? [...edge] : print(name, edge);
      }
    }
    if (node.lock) {
      plain.original = flakeRefToAttrs(node.lock.original);
      plain.locked = flakeRefToAttrs(node.lock.locked);
      if (!node.lock.isFlake) plain.flake = false;
      if (node.lock.parent) plain.parent = [...node.lock.parent];
    }
    nodes[key] = plain;
    return key;
  };
  const rootKey = print('root', root);
  return { text: JSON.stringify(sortKeys({ version: 7, root: rootKey, nodes }), null, 2), keys };
}

/** An input may be named `__proto__`. */
function record<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, inner]) => [name, sortKeys(inner)]),
  );
}

/** Returns every input by its path from the root; the inputs below a node reached twice are listed once. */
export function allInputs(root: LockNode): [InputPath, LockNode | InputPath][] {
  const done = new Set<LockNode>();
  const found: [InputPath, LockNode | InputPath][] = [];
  const visit = (prefix: InputPath, node: LockNode): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const [name, edge] of [...node.inputs].sort(([a], [b]) => (a < b ? -1 : 1))) {
      found.push([[...prefix, name], edge]);
      if (!isFollows(edge)) visit([...prefix, name], edge);
    }
  };
  visit([], root);
  return found.sort(([a], [b]) => compareInputPaths(a, b));
}

export function compareInputPaths(a: InputPath, b: InputPath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [x, y] = [a[i] as string, b[i] as string];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** The maximum steps of resolving `follows` of `follows`; no real flake needs as many. */
const mostSteps = 10_000;

/** Returns the node at a path with `follows` resolved; undefined when there is none. Throws `flake/follows-cycle`. */
export function findInput(root: LockNode, path: InputPath): LockNode | undefined {
  return findThrough(root, path, [], { left: mostSteps });
}

/** `visited`: the paths that led here. `steps` are counted over all of them, as paths of paths grow quickly. */
function findThrough(root: LockNode, path: InputPath, visited: readonly string[], steps: { left: number }): LockNode | undefined {
  const text = path.join('/');
  const hint = 'Let every `follows` end at an input that does not follow another.';
  if (visited.includes(text))
    throw flakeError('follows-cycle', `follow cycle detected: [${[...visited.slice(visited.indexOf(text)), text].join(' -> ')}]`, hint);
  if ((steps.left -= visited.length + 1) < 0)
    throw flakeError('follows-cycle', `input '${visited[0] ?? text}' follows others in too many steps`, hint);
  let node: LockNode | undefined = root;
  for (const name of path) {
    const edge: LockNode | InputPath | undefined = node?.inputs.get(name);
    if (edge === undefined) return undefined;
    node = isFollows(edge) ? findThrough(root, edge, [...visited, text], steps) : edge;
  }
  return node;
}

/** Throws `flake/missing-follows` for an input that follows one that does not exist. */
export function checkFollows(root: LockNode): void {
  for (const [path, edge] of allInputs(root)) {
    if (isFollows(edge) && edge.length && !findInput(root, edge)) {
      throw flakeError(
        'missing-follows',
        `input '${path.join('/')}' follows a non-existent input '${edge.join('/')}'`,
        `Use one of the inputs: ${[...root.inputs.keys()].join(', ')}`,
      );
    }
  }
}

/** Returns the first input that is not pinned, if any. */
export function unlockedInput(root: LockNode): FlakeRef | undefined {
  for (const [, edge] of allInputs(root)) {
    if (!isFollows(edge) && edge.lock && !isLockedInput(edge.lock.locked.input) && relativePath(edge.lock.locked.input) === undefined)
      return edge.lock.locked;
  }
  return undefined;
}

/** Describes the changes between two locks in Nix's words; '' when there are none. */
export function diffLocks(before: LockNode, after: LockNode): string {
  const [old, young] = [allInputs(before), allInputs(after)];
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < young.length; ) {
    const [a, b] = [old[i], young[j]];
    const order = a && b ? compareInputPaths(a[0], b[0]) : a ? -1 : 1;
    if (order > 0 && b) {
      lines.push(`• Added input '${b[0].join('/')}':`, `    ${describe(b[1])}`);
      j += 1;
    } else if (order < 0 && a) {
      lines.push(`• Removed input '${a[0].join('/')}'`);
      i += 1;
    } else if (a && b) {
      if (!sameEdge(a[1], b[1])) lines.push(`• Updated input '${a[0].join('/')}':`, `    ${describe(a[1])}`, `  → ${describe(b[1])}`);
      i += 1;
      j += 1;
    }
  }
  return lines.join('\n');
}

function describe(edge: LockNode | InputPath): string {
  if (isFollows(edge)) return `follows '${edge.join('/')}'`;
  const { locked } = edge.lock as LockedInput;
  const lastModified = numberAttr(locked.input, 'lastModified');
  const date = lastModified === undefined ? '' : ` (${new Date(lastModified * 1000).toISOString().slice(0, 10)})`;
  return `${shortForm(locked)}${date}`;
}

/** Abbreviates the hashes that name a state of Debian's archive, or of an apt repository. */
function shortForm(locked: FlakeRef): string {
  const { type, suite, release, updates, security, url, indexes } = locked.input;
  const start = (hash: unknown) => String(hash).slice(0, 8);
  if (type === 'apt') {
    const hashes = [...String(indexes).matchAll(/=([0-9a-f]+)/g)].map(([, hash]) => start(hash));
    return `'apt+${url}' ${suite} ${hashes.join(', ')}`;
  }
  if (type !== 'debian') return `'${printFlakeRef(locked)}'`;
  return `'debian:${suite}' main ${start(release)}, updates ${start(updates)}, security ${start(security)}`;
}

function sameEdge(a: LockNode | InputPath, b: LockNode | InputPath): boolean {
  if (isFollows(a) || isFollows(b)) return isFollows(a) && isFollows(b) && compareInputPaths(a, b) === 0;
  const [old, young] = [(a.lock as LockedInput).locked, (b.lock as LockedInput).locked];
  // The distribution's own files belong to bootflake and are reported separately.
  const comparable = (ref: FlakeRef): FlakeRef => (ref.input.type === 'debian' ? { ...ref, input: { ...ref.input, narHash: '' } } : ref);
  return sameFlakeRef(comparable(old), comparable(young));
}

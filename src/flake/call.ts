/**
 * Makes the flake's value from its lock: each node becomes a set of its outputs, the attributes of its source and its inputs. All of it is
 * lazy: an unused input is not fetched.
 */
import {
  Attrs,
  call,
  encodeBytes,
  type Evaluator,
  force,
  isFunction,
  makeString,
  makeThunk,
  type Thunk,
  treeValue,
  type Value,
} from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';
import { findInput, isFollows, type LockedInput, type LockNode } from './lock-file.ts';
import { printFlakeRef } from './ref.ts';
import { relativePath } from '../fetch/scheme/path.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import { folderInTree } from './tree-files.ts';

/** A tree that is already in the store. */
export interface KnownTree {
  storePath: string;
  attrs: InputAttrs;
}

export interface CallFlakeOptions {
  evaluator: Evaluator;
  root: LockNode;
  /** The root flake's tree and its folder in it. */
  self: KnownTree;
  subdir: string;
  name: string;
  /** Trees fetched while locking; others are fetched on demand. */
  fetched: Map<LockNode, KnownTree>;
  fetchLocked(attrs: InputAttrs): KnownTree;
  /** Throws `flake/outside-tree` for a file that a symlink leads out of its tree. */
  checkFile(path: string): void;
}

interface NodeValue {
  tree: KnownTree;
  sourceInfo: Attrs;
  /** Logical path of the flake's folder. */
  folder: string;
}

/** Returns the set that `outputs` receives as `self`. */
export function callFlake(options: CallFlakeOptions): Value {
  return new FlakeCaller(options).result(options.root);
}

class FlakeCaller {
  private readonly results = new Map<LockNode, Thunk>();
  private readonly nodes = new Map<LockNode, NodeValue>();

  constructor(private readonly options: CallFlakeOptions) {}

  result(node: LockNode): Thunk {
    let thunk = this.results.get(node);
    if (!thunk) {
      thunk = makeThunk(() => this.makeResult(node));
      this.results.set(node, thunk);
    }
    return thunk;
  }

  private makeResult(node: LockNode): Value {
    const { sourceInfo, folder, tree } = this.locate(node);
    const place: [string, Value][] = [['outPath', makeString(encodeBytes(folder), new Set([tree.storePath]))]];
    if (node.lock && !node.lock.isFlake) return sourceInfo.update(Attrs.from([...place, ['sourceInfo', sourceInfo]]));
    const outputsFunction = this.outputsFunction(node, folder);
    const inputs = Attrs.from([...node.inputs].map(([name, edge]): [string, Value] => [name, this.edge(edge)]));
    // Passing `self` must not force it, and its own attributes must not need the outputs' values.
    const outputs = makeThunk(() => call(outputsFunction, inputs.update(Attrs.from([['self', this.result(node)]]))));
    const facts = Attrs.from([...place, ['inputs', inputs], ['outputs', outputs], ['sourceInfo', sourceInfo], ['_type', 'flake']]);
    const forced = force(outputs);
    if (!(forced instanceof Attrs)) throw flakeError('bad-flake', `the outputs of flake '${this.name(node)}' are not a set`);
    return forced.update(sourceInfo).update(facts);
  }

  private outputsFunction(node: LockNode, folder: string): Value {
    this.options.checkFile(`${folder}/flake.nix`);
    const flake = this.options.evaluator.evalFile(encodeBytes(`${folder}/flake.nix`));
    const outputs = flake instanceof Attrs ? flake.get('outputs') : undefined;
    const forced = outputs === undefined ? undefined : force(outputs);
    if (forced === undefined || !isFunction(forced))
      throw flakeError('bad-flake', `the attribute 'outputs' of flake '${this.name(node)}' is not a function`);
    return forced;
  }

  private edge(edge: LockNode | readonly string[]): Value {
    const node = isFollows(edge) ? findInput(this.options.root, edge) : edge;
    if (!node) throw flakeError('missing-follows', `an input follows '${(edge as readonly string[]).join('/')}', which does not exist`);
    return this.result(node);
  }

  private locate(node: LockNode): NodeValue {
    const known = this.nodes.get(node);
    if (known) return known;
    const located = this.locateAnew(node);
    this.nodes.set(node, located);
    return located;
  }

  private locateAnew(node: LockNode): NodeValue {
    const { self, subdir, root, fetched } = this.options;
    if (node === root) return this.nodeValue(self, subdir);
    const { locked, parent } = node.lock as LockedInput;
    const relative = relativePath(locked.input);
    if (relative === undefined) {
      const { dir: _, ...attrs } = locked.input;
      return this.nodeValue(fetched.get(node) ?? this.options.fetchLocked(attrs), locked.subdir);
    }
    const above = findInput(root, parent ?? []);
    if (!above) throw flakeError('bad-lock-file', `the parent of the relative input '${relative}' is missing in the lock`);
    const { tree, folder } = this.locate(above);
    return this.nodeValue(tree, `${folder.slice(tree.storePath.length)}/${relative}/${locked.subdir}`);
  }

  private nodeValue(tree: KnownTree, subdir: string): NodeValue {
    return { tree, sourceInfo: treeValue(tree, false), folder: folderInTree(tree.storePath, subdir) };
  }

  private name(node: LockNode): string {
    return node.lock ? printFlakeRef(node.lock.locked) : this.options.name;
  }
}

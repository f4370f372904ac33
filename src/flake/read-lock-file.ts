/**
 * Reads flake.lock, version 7 (and 5 and 6). The file is untrusted: its form, the types of all values, cycles and its total size are
 * checked here, so that users of a lock need not.
 */
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../base/ascii.ts';
import { BootflakeError } from '../base/errors.ts';
import { flakeError } from '../base/flake-error.ts';
import { emptyLock, type LockedInput, type LockNode } from './lock-file.ts';
import { flakeRefFromAttrs, printFlakeRef } from './ref.ts';
import { isLockedInput } from '../fetch/scheme/index.ts';
import { relativePath } from '../fetch/scheme/path.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';

/** Bytes. The lock files of the largest flakes have half a megabyte. */
export const mostLockBytes = 8 * 2 ** 20;
/** The maximum nesting of lists and sets in the text; a lock file needs five. */
const mostNesting = 32;
/** The maximum depth of inputs of inputs. */
const mostLevels = 100;
/** The maximum number of inputs, each counted once per path to it: they are locked one by one. */
const mostInputs = 20_000;

type Json = Record<string, unknown>;

/** Reads the text of `path`. Throws `flake/bad-lock-file`, and the errors of references. */
export function parseLockFile(text: string, path: string, warn?: (message: string) => void): LockNode {
  return new LockReader(path, warn).read(text);
}

/** The error for lock files that are refused before they are parsed. */
export function badLockFile(message: string, path: string): BootflakeError {
  return flakeError('bad-lock-file', message, `Repair '${path}', or delete it and run: bootflake flake lock`);
}

class LockReader {
  private nodes = new Map<string, unknown>();
  private readonly known = new Map<string, { node: LockNode; inputs: number }>();
  /** The keys from the root to the current node. */
  private readonly above: string[] = [];

  constructor(
    private readonly path: string,
    private readonly warn: ((message: string) => void) | undefined,
  ) {}

  read(text: string): LockNode {
    // JSON.parse takes seconds and half a gigabyte for eight megabytes of brackets.
    if (nestingOf(text) > mostNesting) throw this.bad(`could not parse '${this.path}': it is nested more than ${mostNesting} levels deep`);
    let json: unknown;
    try {
      json = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch (error) {
      throw this.bad(`could not parse '${this.path}': ${(error as Error).message}`);
    }
    const { version = 0, root: rootKey = 'root', nodes = {} } = this.set(json, 'it');
    if (!Number.isInteger(version) || (version as number) < 5 || (version as number) > 7)
      throw this.bad(`lock file '${this.path}' has unsupported version ${JSON.stringify(version).slice(0, 40)}`);
    if (typeof rootKey !== 'string') throw this.wrong(`its 'root' is ${kindOf(rootKey)}, not a string`);
    this.nodes = new Map(Object.entries(this.set(nodes, "its 'nodes'")));
    const root = emptyLock();
    this.fill(root, rootKey, this.nodes.has(rootKey) ? this.set(this.nodes.get(rootKey), `node '${rootKey}'`) : {});
    return root;
  }

  /** Reads the inputs of a node; returns their number, including inputs of inputs. */
  private fill(node: LockNode, key: string, plain: Json): number {
    if (this.above.length > mostLevels) throw this.wrong(`inputs of inputs go further than ${mostLevels} levels, at node '${key}'`);
    this.above.push(key);
    const inputs = plain.inputs === undefined ? {} : this.set(plain.inputs, `'inputs' of node '${key}'`);
    let count = 0;
    for (const name of Object.keys(inputs).sort()) {
      const target = inputs[name];
      if (typeof target === 'string') {
        const child = this.child(target);
        node.inputs.set(name, child.node);
        count += child.inputs;
      } else node.inputs.set(name, this.names(target, `input '${name}' of node '${key}'`));
      count += 1;
      if (count > mostInputs) throw this.wrong(`it has more than ${mostInputs} inputs`);
    }
    this.above.pop();
    return count;
  }

  private child(key: string): { node: LockNode; inputs: number } {
    const at = this.above.indexOf(key);
    if (at === 0) throw this.bad(`lock file '${this.path}' contains a cycle to the root node`);
    if (at > 0) throw this.bad(`lock file '${this.path}' contains a cycle: ${[...this.above.slice(at), key].join(' -> ')}`);
    const known = this.known.get(key);
    if (known) return known;
    if (!this.nodes.has(key)) throw this.bad(`lock file '${this.path}' references missing node '${key}'`);
    const plain = this.set(this.nodes.get(key), `node '${key}'`);
    const node: LockNode = { inputs: new Map(), lock: this.lockedInput(plain, key) };
    const child = { node, inputs: this.fill(node, key, plain) };
    this.known.set(key, child);
    return child;
  }

  private lockedInput({ locked, original, flake = true, parent }: Json, key: string): LockedInput {
    if (locked === undefined || original === undefined)
      throw this.bad(`attribute '${locked === undefined ? 'locked' : 'original'}' missing in lock file, node '${key}'`);
    if (typeof flake !== 'boolean') throw this.wrong(`'flake' of node '${key}' is ${kindOf(flake)}, not a Boolean`);
    const { __final: _, ...attrs } = this.set(locked, `'locked' of node '${key}'`);
    try {
      const input: LockedInput = {
        locked: flakeRefFromAttrs(attrs as InputAttrs),
        original: flakeRefFromAttrs(this.set(original, `'original' of node '${key}'`) as InputAttrs),
        isFlake: flake,
        ...(parent !== undefined && { parent: this.names(parent, `'parent' of node '${key}'`) }),
      };
      this.checkLocked(input);
      return input;
    } catch (error) {
      if (error instanceof BootflakeError) error.trace.push({ message: `while reading the node '${key}' of lock file '${this.path}'` });
      throw error;
    }
  }

  private checkLocked({ locked }: LockedInput): void {
    if (isLockedInput(locked.input) || relativePath(locked.input) !== undefined) return;
    if (locked.input.narHash === undefined) throw this.bad(`lock file contains unlocked input '${JSON.stringify(locked.input)}'`);
    this.warn?.(
      `Lock file entry '${printFlakeRef(locked)}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. ` +
        'This is not reproducible and will break after garbage collection or when shared.',
    );
  }

  private names(value: unknown, what: string): string[] {
    if (Array.isArray(value) && value.length <= mostLevels && value.every((name) => typeof name === 'string')) return value as string[];
    throw this.wrong(`${what} is ${kindOf(value)}, not a list of names`);
  }

  private set(value: unknown, what: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    throw this.wrong(`${what} is ${kindOf(value)}, not a set`);
  }

  private wrong(what: string): BootflakeError {
    return this.bad(`lock file '${this.path}' is wrong: ${what}`);
  }

  private bad(message: string): BootflakeError {
    return badLockFile(message, this.path);
  }
}

/** Returns the nesting depth of a JSON text. */
function nestingOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) quoted = !quoted;
    else if (quoted) at += char === BACKSLASH ? 1 : 0;
    else if (char === OPEN_BRACKET || char === OPEN_BRACE) deepest = Math.max(deepest, (depth += 1));
    else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) depth -= 1;
  }
  return deepest;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return { object: 'a set', string: 'a string', number: 'a number', boolean: 'a Boolean' }[typeof value as string] ?? 'missing';
}

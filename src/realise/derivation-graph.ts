/** The derivations that a realisation may need, read from the store on first use. */
import { BootflakeError } from '../base/errors.ts';
import { readText } from '../system/file-operations.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { derivationReferences, type Derivation } from '../nix-format/derivation.ts';
import { digestHex } from '../nix-format/hash.ts';
import { makeTextPath, parseStorePath } from '../nix-format/store-path.ts';
import { derivationAttrs } from '../nix-format/structured-attrs.ts';
import type { Store } from '../store/store.ts';

export class DerivationNode {
  private attrsCache: Record<string, unknown> | undefined;

  constructor(
    readonly drvPath: string,
    readonly drv: Derivation,
  ) {}

  get name(): string {
    return this.drv.name;
  }

  /** `builtin:debian-package`, `/bin/sh`. */
  get builder(): string {
    return this.drv.builder;
  }

  /** The attributes as the builder receives them. */
  get attrs(): Record<string, unknown> {
    this.attrsCache ??= derivationAttrs(this.drv);
    return this.attrsCache;
  }

  outputNames(): string[] {
    return [...this.drv.outputs.keys()];
  }

  /** Throws `build/no-output` for an unknown output name, or for an output whose path is known only after a build. */
  outputPath(output: string): string {
    const found = this.drv.outputs.get(output);
    if (found === undefined) {
      throw new BootflakeError({
        code: 'build/no-output',
        message: `derivation '${this.drvPath}' has no output '${output}'; it has ${this.outputNames()
          .map((name) => `'${name}'`)
          .join(', ')}`,
      });
    }
    if (found.path === '') {
      throw new BootflakeError({
        code: 'build/floating-output',
        message:
          `derivation '${this.drvPath}' is content-addressed: the path of its output '${output}' is only known after a build, which is ` +
          'not supported',
      });
    }
    return found.path;
  }
}

/** A derivation's name is made from its text: one that is damaged is not built, as its outputs would be others than their names say. */
function soundDerivation(drvPath: string, text: string, name: string): Derivation {
  let cause: unknown;
  try {
    const drv = parseDerivation(text, name.slice(0, -'.drv'.length));
    if (makeTextPath(name, digestHex('sha256', Buffer.from(text, 'latin1')), derivationReferences(drv)) === drvPath) return drv;
  } catch (error) {
    cause = error;
  }
  throw new BootflakeError({
    code: 'store/damaged-derivation',
    cause,
    message: `the derivation '${drvPath}' is damaged: its text is not the one that its name was made from`,
    hint: 'Run: bootflake store verify --check-contents --repair  and then this command again.',
  });
}

export interface WantedOutputs {
  node: DerivationNode;
  outputs: string[];
}

export class DerivationGraph {
  private readonly nodes = new Map<string, DerivationNode>();

  constructor(private readonly store: Store) {}

  /** Throws `build/no-derivation` when the store has no such derivation. */
  get(drvPath: string): DerivationNode {
    const known = this.nodes.get(drvPath);
    if (known) return known;
    const parts = parseStorePath(drvPath);
    const text = parts?.name.endsWith('.drv') ? readText(this.store.realPath(drvPath)) : undefined;
    if (!parts || text === undefined) {
      throw new BootflakeError({ code: 'build/no-derivation', message: `'${drvPath}' is no derivation in the store '${this.store.root}'` });
    }
    const node = new DerivationNode(drvPath, soundDerivation(drvPath, text, parts.name));
    this.nodes.set(drvPath, node);
    return node;
  }

  isValid({ node, outputs }: WantedOutputs): boolean {
    return outputs.every((output) => this.store.isValidPath(node.outputPath(output)));
  }

  inputsOf(node: DerivationNode): WantedOutputs[] {
    return [...node.drv.inputDrvs].map(([drvPath, outputs]) => ({ node: this.get(drvPath), outputs }));
  }

  /** Returns the members of `among` that are reachable from `starts` through members, inputs first. */
  inputsFirst(starts: readonly DerivationNode[], among: ReadonlySet<DerivationNode>): DerivationNode[] {
    const seen = new Set<DerivationNode>();
    const ordered: DerivationNode[] = [];
    const stack: { node: DerivationNode; inputs: DerivationNode[] }[] = [];
    const enter = (node: DerivationNode): void => {
      if (seen.has(node) || !among.has(node)) return;
      seen.add(node);
      stack.push({ node, inputs: this.inputsOf(node).map((input) => input.node) });
    };
    for (const start of starts) {
      enter(start);
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const next = top.inputs.shift();
        if (next !== undefined) enter(next);
        else {
          ordered.push(top.node);
          stack.pop();
        }
      }
    }
    return ordered;
  }

  /** Every derivation reachable from `start`, itself included, inputs first. */
  reachable(start: DerivationNode): DerivationNode[] {
    const seen = new Set([start]);
    for (const node of seen) for (const input of this.inputsOf(node)) seen.add(input.node);
    return this.inputsFirst([start], seen);
  }
}

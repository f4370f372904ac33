/** The derivations that a realisation may need, read from the store on first use. */
import { BootflakeError } from '../base/errors.ts';
import { readText } from '../system/file-operations.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import type { Derivation } from '../nix-format/derivation.ts';
import { parseStorePath } from '../nix-format/store-path.ts';
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
    const node = new DerivationNode(drvPath, parseDerivation(text, parts.name.slice(0, -'.drv'.length)));
    this.nodes.set(drvPath, node);
    return node;
  }

  isValid({ node, outputs }: WantedOutputs): boolean {
    return outputs.every((output) => this.store.isValidPath(node.outputPath(output)));
  }

  inputsOf(node: DerivationNode): WantedOutputs[] {
    return [...node.drv.inputDrvs].map(([drvPath, outputs]) => ({ node: this.get(drvPath), outputs }));
  }

  /** Returns what must be built to make the wanted outputs valid, inputs first. Derivations in `force` always count as missing. */
  missing(wanted: WantedOutputs[], force: ReadonlySet<DerivationNode> = new Set()): DerivationNode[] {
    const missing = new Set<DerivationNode>();
    const visit = (want: WantedOutputs): void => {
      if (missing.has(want.node) || (!force.has(want.node) && this.isValid(want))) return;
      for (const input of this.inputsOf(want.node)) visit(input);
      missing.add(want.node);
    };
    wanted.forEach(visit);
    return [...missing];
  }

  /** Every derivation reachable from `start`, itself included, inputs first. */
  reachable(start: DerivationNode): DerivationNode[] {
    const seen = new Set<DerivationNode>();
    const done = new Set<DerivationNode>();
    const visit = (node: DerivationNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const input of this.inputsOf(node)) visit(input.node);
      done.add(node);
    };
    visit(start);
    return [...done];
  }
}

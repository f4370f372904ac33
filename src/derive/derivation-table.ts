/**
 * What one evaluation knows of the store's derivations and texts: those that it made itself are here in memory, others are
 * read through the host when asked for. So the graph of derivations can be walked without reading files.
 */
import type { Evaluator } from '../eval/evaluator.ts';
import { DerivationHasher } from '../nix-format/derivation-hash.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { derivationReferences, type Derivation } from '../nix-format/derivation.ts';
import { storePathName } from '../nix-format/store-path.ts';

export class DerivationTable {
  private readonly derivations = new Map<string, Derivation>();
  /** References of text files that the evaluation wrote. */
  private readonly texts = new Map<string, string[]>();
  readonly hasher = new DerivationHasher((path) => this.get(path));

  constructor(private readonly ev: Evaluator) {}

  /** The derivation at a `.drv` path; throws what the host throws when it is neither in memory nor in the store. */
  get(drvPath: string): Derivation {
    let drv = this.derivations.get(drvPath);
    if (!drv) {
      const name = storePathName(drvPath, this.ev.host.storeDir).slice(0, -'.drv'.length);
      drv = parseDerivation(this.ev.host.readDerivation(drvPath), name);
      this.derivations.set(drvPath, drv);
    }
    return drv;
  }

  has(drvPath: string): boolean {
    return this.derivations.has(drvPath);
  }

  add(drvPath: string, drv: Derivation): void {
    this.derivations.set(drvPath, drv);
    this.hasher.remember(drvPath, drv);
  }

  noteReferences(path: string, references: string[]): void {
    if (references.length > 0) this.texts.set(path, references);
  }

  /** All store paths that a derivation needs, itself included: derivations, sources and what those refer to. */
  closure(drvPath: string): Set<string> {
    const seen = new Set<string>([drvPath]);
    for (const path of seen) {
      for (const reference of this.references(path)) seen.add(reference);
    }
    return seen;
  }

  private references(path: string): readonly string[] {
    if (path.endsWith('.drv')) return derivationReferences(this.get(path));
    return this.texts.get(path) ?? this.ev.host.pathReferences?.(path) ?? [];
  }
}

const tables = new WeakMap<Evaluator, DerivationTable>();

/** The one table of an evaluation. */
export function derivationTable(ev: Evaluator): DerivationTable {
  let table = tables.get(ev);
  if (!table) tables.set(ev, (table = new DerivationTable(ev)));
  return table;
}

/** Notes what a text file in the store refers to, for closures of derivations. */
export function noteReferences(ev: Evaluator, path: string, references: string[]): void {
  derivationTable(ev).noteReferences(path, references);
}

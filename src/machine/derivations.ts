/** What the machine's derivationStrict (machine/derivation.ts) asks of outside. */
import { derivationTable } from '../derive/derivation-table.ts';
import type { Evaluator } from '../eval/evaluator.ts';
import { digest, hashAlgorithm, hexEncode, parseHash } from '../nix-format/hash.ts';
import { makeFixedOutputPath, methodPrefix } from '../nix-format/store-path.ts';
import type { Cell, MachineMemory } from './memory.ts';

export class MachineDerivations {
  constructor(
    private readonly ev: Evaluator,
    private readonly memory: MachineMemory,
  ) {
    // Either evaluator may use what the other made.
    derivationTable(ev).hasher.elsewhere = (drvPath) => this.knownHash(drvPath);
  }

  sha256(from: number, length: number, to: number): void {
    this.memory.bytes.set(digest('sha256', this.memory.bytes.subarray(from, from + length)), to);
  }

  private knownHash(drvPath: string): string | undefined {
    const hash = this.memory.exports.knownHash(this.memory.symbol(drvPath)) >>> 0;
    return hash === 0 ? undefined : this.memory.text(hash);
  }

  inputHash(drvPath: Cell): Cell {
    return this.memory.string(derivationTable(this.ev).hasher.ofInput(this.memory.text(drvPath)));
  }

  /** 0 where something is wrong, which the other evaluator then tells. */
  fixedOutput(hashText: Cell, algorithmName: Cell, modeName: Cell, name: Cell): Cell {
    const { memory } = this;
    const text = (cell: Cell): string => (cell === 0 ? '' : memory.text(cell));
    const mode = text(modeName);
    const method = (mode === '' && modeName === 0) || mode === 'flat' ? 'flat' : mode === 'recursive' || mode === 'nar' ? 'nar' : undefined;
    if (method === undefined || text(hashText) === '') return 0;
    try {
      const given = text(algorithmName);
      const hash = parseHash(text(hashText), given === '' ? undefined : hashAlgorithm(given));
      const path = makeFixedOutputPath(text(name), method, hash, undefined, this.ev.host.storeDir);
      return memory.list([memory.string(path), memory.string(methodPrefix(method) + hash.algorithm), memory.string(hexEncode(hash.bytes))]);
    } catch {
      return 0;
    }
  }

  write(drvPath: Cell, bytes: number, length: number, references: Cell): void {
    const { memory } = this;
    const aterm = memory.bytes.toString('latin1', bytes, bytes + length);
    this.ev.host.writeDerivation(
      memory.text(drvPath),
      aterm,
      Array.from(memory.elements(references), (path) => memory.symbolText(path)),
    );
  }
}

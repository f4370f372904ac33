import type { ArchiveIndex, PackageTable } from './archive-index.ts';

/**
 * Several indexes as one. A package of a name that an earlier layer has is hidden, and only those of the first layer are essential or
 * required: a later one adds packages, it never replaces any (but see repository/newest-index.ts).
 */
export class LayeredIndex implements PackageTable {
  protected readonly starts: number[] = [];
  readonly count: number;

  constructor(protected readonly layers: readonly [PackageTable, ...PackageTable[]]) {
    let start = 0;
    for (const layer of layers) {
      this.starts.push(start);
      start += layer.count;
    }
    this.count = start;
  }

  get description(): ArchiveIndex['description'] {
    return this.layers[0].description;
  }

  find(name: string): number {
    for (const [at, layer] of this.layers.entries()) {
      const i = layer.find(name);
      if (i >= 0) return this.starts[at]! + i;
    }
    return -1;
  }

  name(i: number): string {
    return this.at(i, (layer, at) => layer.name(at));
  }

  stanza(i: number): string {
    return this.at(i, (layer, at) => layer.stanza(at));
  }

  source(i: number): ReturnType<ArchiveIndex['source']> {
    return this.at(i, (layer, at) => layer.source(at));
  }

  /** Packages that are not hidden, in the order of layers, then of names. */
  providers(name: string): number[] {
    return this.layers.flatMap((layer, at) => layer.providers(name).map((i) => this.starts[at]! + i)).filter((i) => this.isVisible(i));
  }

  marked(which: 'essential' | 'required'): number[] {
    return this.layers[0].marked(which);
  }

  /** The names that are not hidden, sorted. */
  names(): string[] {
    const names = new Set<string>();
    for (const layer of this.layers) for (let i = 0; i < layer.count; i++) names.add(layer.name(i));
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  }

  private isVisible(i: number): boolean {
    return this.find(this.name(i)) === i;
  }

  private at<T>(i: number, read: (layer: PackageTable, at: number) => T): T {
    let layer = this.layers.length - 1;
    while (this.starts[layer]! > i) layer -= 1;
    return read(this.layers[layer]!, i - this.starts[layer]!);
  }
}

import type { ArchiveIndex, PackageTable } from './archive-index.ts';

/**
 * Several indexes as one. A package of a name that an earlier layer has is hidden, and only those of the first layer are essential or
 * required: a later one adds packages, it never replaces any.
 */
export class LayeredIndex implements PackageTable {
  private readonly starts: number[] = [];
  readonly count: number;

  constructor(private readonly layers: readonly [ArchiveIndex, ...ArchiveIndex[]]) {
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
    const [first, ...others] = this.layers;
    const names = Array.from({ length: first.count }, (_, i) => first.name(i));
    const added = others.flatMap((layer, at) =>
      Array.from({ length: layer.count }, (_, i) => this.starts[at + 1]! + i)
        .filter((i) => this.isVisible(i))
        .map((i) => this.name(i)),
    );
    return names.concat(added).sort((a, b) => (a < b ? -1 : 1));
  }

  private isVisible(i: number): boolean {
    return this.find(this.name(i)) === i;
  }

  private at<T>(i: number, read: (layer: ArchiveIndex, at: number) => T): T {
    let layer = this.layers.length - 1;
    while (this.starts[layer]! > i) layer -= 1;
    return read(this.layers[layer]!, i - this.starts[layer]!);
  }
}

/** Maps a node and a character to the child: one hash table for all nodes, as there are hundreds of thousands of them. */
export class ChildTable {
  private keys = new Int32Array(1 << 16).fill(-1);
  private children = new Int32Array(1 << 16);
  private used = 0;

  /** -1 when there is none. */
  get(node: number, character: number): number {
    const place = this.place((node << 8) | character);
    return this.keys[place] === -1 ? -1 : this.children[place]!;
  }

  set(node: number, character: number, child: number): void {
    const key = (node << 8) | character;
    const place = this.place(key);
    if (this.keys[place] === -1) {
      this.keys[place] = key;
      this.used += 1;
    }
    this.children[place] = child;
    if (this.used * 2 > this.keys.length) this.grow();
  }

  private place(key: number): number {
    const mask = this.keys.length - 1;
    let place = (Math.imul(key, 0x9e3779b1) >>> 12) & mask;
    while (this.keys[place] !== -1 && this.keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { keys, children } = this;
    this.keys = new Int32Array(keys.length * 2).fill(-1);
    this.children = new Int32Array(keys.length * 2);
    keys.forEach((key, i) => {
      if (key === -1) return;
      const place = this.place(key);
      this.keys[place] = key;
      this.children[place] = children[i]!;
    });
  }
}

/** A column of numbers that grows. */
export class Column {
  values = new Int32Array(1 << 12);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}

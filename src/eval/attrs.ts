/**
 * Attribute sets as a shared shape (which names, in which slot) and an array of values. Sets from one literal share their
 * shape, `mapAttrs` keeps it, and what `a // b` does to two shapes is worked out once and cached. Slots are in order of
 * addition, not of names, so that a large set extended by a few names costs a copy of its values and a small new shape;
 * the order of names is worked out when first asked for.
 */
import { noPos, type Pos } from '../lang/position.ts';
import type { Value } from './value.ts';

/** Names in slots. Immutable. */
export class Shape {
  private index: Map<string, number> | null = null;
  private order: Int32Array | null = null;
  private names: readonly string[] | null = null;
  private plans: Map<Shape, MergePlan> | null = null;
  /** Shapes with more names behind these, by those names. */
  private extensions: Map<string, Shape> | null = null;
  private keyList: string[] | null;
  private readonly added: string[];
  private readonly parent: Shape | null;
  /** Links that a look-up follows; 0 where it looks at all names at once. */
  private readonly depth: number;
  readonly size: number;

  /** With a parent, `keys` are only the names that are added behind the parent's. */
  constructor(keys: string[], parent: Shape | null = null) {
    this.size = parent ? parent.size + keys.length : keys.length;
    this.keyList = parent ? null : keys;
    // A large shape with a few more names is a link, as another table of all names would cost much. Links of no more names than are added
    // become one with them, so that there are as many as the number of names has binary digits at most.
    let added = keys;
    let under = parent;
    while (under && under.depth > 0 && under.added.length <= added.length) {
      added = under.added.concat(added);
      under = under.parent;
    }
    const isLink = under !== null && under.size >= 64 && added.length * 4 <= under.size;
    this.added = isLink ? added : keys;
    this.parent = isLink ? under : parent;
    this.depth = isLink ? under!.depth + 1 : 0;
  }

  static readonly empty = new Shape([]);

  /** By slot. */
  get keys(): readonly string[] {
    if (this.keyList) return this.keyList;
    return (this.keyList = this.parent!.keys.concat(this.added) as string[]);
  }

  /** The slot of a name, or -1. */
  slot(name: string): number {
    let shape: Shape = this;
    for (;;) {
      const slot = shape.ownIndex().get(name);
      if (slot !== undefined) return slot;
      if (shape.depth === 0) return -1;
      shape = shape.parent!;
    }
  }

  private ownIndex(): Map<string, number> {
    if (this.index) return this.index;
    const index = new Map<string, number>();
    const keys = this.depth === 0 ? this.keys : this.added;
    let slot = this.size - keys.length;
    for (let i = 0; i < keys.length; i++) index.set(keys[i]!, slot++);
    return (this.index = index);
  }

  /** As `slot`, for a few look-ups: no table is made for them. */
  private slotSeldom(name: string): number {
    if (this.index !== null || this.size > 64) return this.slot(name);
    const { keys } = this;
    for (let i = 0; i < keys.length; i++) if (keys[i] === name) return i;
    return -1;
  }

  /** Slots in the order of their names' bytes. */
  get sortedSlots(): Int32Array {
    if (this.order) return this.order;
    const { keys } = this;
    const order = new Int32Array(keys.length);
    let sorted = true;
    for (let i = 0; i < order.length; i++) {
      order[i] = i;
      if (i > 0 && keys[i - 1]! > keys[i]!) sorted = false;
    }
    if (!sorted) sortSlots(order, keys);
    return (this.order = order);
  }

  /** Sorted by bytes. Shared: don't change it. */
  get sortedNames(): readonly string[] {
    if (this.names) return this.names;
    const { keys, sortedSlots } = this;
    const names: string[] = new Array(keys.length);
    for (let i = 0; i < names.length; i++) names[i] = keys[sortedSlots[i]!]!;
    return (this.names = names);
  }

  /** The shape with one more name, which it must not have. */
  extend(name: string): Shape {
    return this.extension(name, [name]);
  }

  /** The shape with more names, which it must not have. */
  private extendAll(names: string[]): Shape {
    return names.length === 1 ? this.extension(names[0]!, names) : this.extension(names.join('\0'), names);
  }

  private extension(key: string, names: string[]): Shape {
    const known = this.extensions?.get(key);
    if (known) return known;
    const shape = new Shape(names, this);
    if (names.length <= maxShared && this.size <= maxExtended) (this.extensions ??= new Map()).set(key, shape);
    return shape;
  }

  /** A shape of these names; unless it is very large it is shared by all who ask for the same names in the same order. */
  static of(keys: string[]): Shape {
    return keys.length > maxShared ? new Shape(keys) : keys.length === 0 ? Shape.empty : Shape.empty.extendAll(keys);
  }

  planFor(right: Shape): MergePlan {
    const known = this.plans?.get(right);
    if (known) return known;
    const plan = this.makePlan(right);
    if (this.size <= maxExtended) (this.plans ??= new Map()).set(right, plan);
    return plan;
  }

  private makePlan(right: Shape): MergePlan {
    const targets = new Int32Array(right.size);
    const added: string[] = [];
    const { keys } = right;
    const few = keys.length <= 6;
    for (let i = 0; i < targets.length; i++) {
      const slot = few ? this.slotSeldom(keys[i]!) : this.slot(keys[i]!);
      if (slot >= 0) targets[i] = slot;
      else {
        targets[i] = this.size + added.length;
        added.push(keys[i]!);
      }
    }
    return { shape: added.length === 0 ? this : this.extendAll(added), targets };
  }
}

/** By insertion where there are few, as a sort with a comparison copies the array. */
function sortSlots(order: Int32Array, keys: readonly string[]): void {
  if (order.length > 24) {
    order.sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
    return;
  }
  for (let i = 1; i < order.length; i++) {
    const slot = order[i]!;
    const key = keys[slot]!;
    let at = i;
    for (; at > 0 && keys[order[at - 1]!]! > key; at--) order[at] = order[at - 1]!;
    order[at] = slot;
  }
}

/**
 * Sharing makes merge plans and the memory of selections work for sets that are put together name by name; beyond this size it isn't worth
 * its cost.
 */
const maxShared = 256;

/** What is made of larger shapes is not remembered: a set that grows name by name would keep all that it has been. */
const maxExtended = 1024;

/** What `left // right` does: the values of left, then right's values put into `targets`. */
interface MergePlan {
  readonly shape: Shape;
  readonly targets: Int32Array;
}

/**
 * Where each attribute of a set was written, by slot: an array shared by all sets of a literal, or made from those of a merge when asked
 * for.
 */
export type AttrPositions = readonly Pos[] | MergedPositions | PickedPositions;

class MergedPositions {
  private list: Pos[] | null = null;

  /** `targets`: the slots of what was merged from the right. */
  constructor(
    private readonly left: AttrPositions | null,
    private readonly right: AttrPositions | null,
    private readonly targets: Int32Array,
    private readonly size: number,
  ) {}

  at(slot: number): Pos {
    return this.size <= maxShared ? ((this.list ??= this.makeList())[slot] ?? noPos) : this.seek(slot);
  }

  private makeList(): Pos[] {
    const list: Pos[] = new Array(this.size);
    for (let i = 0; i < this.size; i++) list[i] = this.seek(i);
    return list;
  }

  /** A loop, as a set may be made of very many others. */
  private seek(slot: number): Pos {
    let positions: AttrPositions | null = this;
    while (positions instanceof MergedPositions) {
      const i: number = positions.targets.indexOf(slot);
      if (i >= 0) return positionAt(positions.right, i);
      positions = positions.left;
    }
    return positionAt(positions, slot);
  }
}

/** The positions of some attributes of a set: `slots` in that set. */
class PickedPositions {
  constructor(
    private readonly from: AttrPositions,
    private readonly slots: readonly number[],
  ) {}

  at(slot: number): Pos {
    return positionAt(this.from, this.slots[slot]!);
  }
}

export function positionAt(positions: AttrPositions | null, slot: number): Pos {
  if (positions === null) return noPos;
  return positions instanceof MergedPositions || positions instanceof PickedPositions ? positions.at(slot) : (positions[slot] ?? noPos);
}

/** An attribute set. Immutable, but that a slot's thunk may be replaced by its value. */
export class Attrs {
  constructor(
    readonly shape: Shape,
    readonly values: Value[],
    readonly positions: AttrPositions | null = null,
  ) {}

  static readonly empty = new Attrs(Shape.empty, []);

  get size(): number {
    return this.shape.size;
  }

  /** Unforced; undefined when there is no such attribute. */
  get(name: string): Value | undefined {
    const slot = this.shape.slot(name);
    return slot < 0 ? undefined : this.values[slot];
  }

  has(name: string): boolean {
    return this.shape.slot(name) >= 0;
  }

  /** Where the attribute was defined; `noPos` when unknown. */
  posOf(name: string): Pos {
    const slot = this.shape.slot(name);
    return slot < 0 ? noPos : positionAt(this.positions, slot);
  }

  /** Sorted by bytes, as everything that iterates over a set must be. Shared: don't change it. */
  names(): readonly string[] {
    return this.shape.sortedNames;
  }

  /** In the order of the names; unforced. A new array. */
  sortedValues(): Value[] {
    const { sortedSlots } = this.shape;
    const out: Value[] = new Array(sortedSlots.length);
    for (let i = 0; i < out.length; i++) out[i] = this.values[sortedSlots[i]!]!;
    return out;
  }

  /** In the order of the names; values unforced. */
  *entries(): IterableIterator<[string, Value, Pos]> {
    const { sortedSlots, keys } = this.shape;
    for (const slot of sortedSlots) yield [keys[slot]!, this.values[slot]!, positionAt(this.positions, slot)];
  }

  /** `this // right` */
  update(right: Attrs): Attrs {
    if (right.shape.size === 0) return this;
    if (this.shape.size === 0) return right;
    if (this.shape === right.shape) return new Attrs(right.shape, right.values, right.positions);
    const plan = this.shape.planFor(right.shape);
    const values = this.values.slice();
    const { targets } = plan;
    const from = right.values;
    for (let i = 0; i < targets.length; i++) values[targets[i]!] = from[i]!;
    const positions =
      this.positions === null && right.positions === null
        ? null
        : new MergedPositions(this.positions, right.positions, targets, plan.shape.size);
    return new Attrs(plan.shape, values, positions);
  }

  /** The attributes for which `keep` returns true, e.g. for removeAttrs. */
  filter(keep: (name: string, slot: number) => boolean): Attrs {
    const { keys } = this.shape;
    const slots: number[] = [];
    for (let slot = 0; slot < keys.length; slot++) if (keep(keys[slot]!, slot)) slots.push(slot);
    return slots.length === keys.length ? this : this.pick(slots);
  }

  /** The attributes in these slots. The array is kept. */
  pick(slots: number[]): Attrs {
    if (slots.length === 0) return Attrs.empty;
    const { keys } = this.shape;
    const names: string[] = [];
    const values: Value[] = [];
    for (const slot of slots) {
      names.push(keys[slot]!);
      values.push(this.values[slot]!);
    }
    return new Attrs(Shape.of(names), values, this.positions === null ? null : new PickedPositions(this.positions, slots));
  }

  /** From name, value pairs with distinct names. */
  static from(entries: Iterable<readonly [string, Value]>): Attrs {
    const builder = new AttrsBuilder();
    for (const [name, value] of entries) builder.set(name, value);
    return builder.build();
  }
}

/** Collects attributes; a name set twice keeps the last value (`has` tells before). */
export class AttrsBuilder {
  private readonly slots = new Map<string, number>();
  private readonly values: Value[] = [];
  private positions: Pos[] | null = null;

  has(name: string): boolean {
    return this.slots.has(name);
  }

  set(name: string, value: Value, pos: Pos = noPos): this {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      slot = this.values.length;
      this.slots.set(name, slot);
      this.values.push(value);
    } else this.values[slot] = value;
    if (pos !== noPos) (this.positions ??= [])[slot] = pos;
    return this;
  }

  build(): Attrs {
    if (this.values.length === 0) return Attrs.empty;
    const positions = this.positions ? this.values.map((_, i) => this.positions![i] ?? noPos) : null;
    return new Attrs(Shape.of([...this.slots.keys()]), this.values, positions);
  }
}

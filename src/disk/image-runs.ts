/** Where an image's file has the bytes of its disk, found in its tables, and the disk that they make. */
import { BadImage } from './bad-image.ts';
import { mergeExtents, type BlockPlan, type Extent } from './block-plan.ts';
import type { ImageBytes } from './image-bytes.ts';

/** Pieces of an image are counted to here: each takes memory. */
const MOST_RUNS = 4_000_000;
/** Of a copy, in bytes. */
const PIECE = 1 << 20;
/** A packed piece may end anywhere in a sector, where the next one begins. */
const SECTOR = 512;

/** Returns the unpacked bytes of the piece that begins at `place`, at most `length`. Throws BadImage. */
export type Unpack = (place: number, packedLength: number, length: number, guest: number) => Uint8Array;

class Column {
  private values = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index]!;
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }
}

export class ImageRuns {
  private readonly bytes: ImageBytes;
  /** Of the disk, in bytes. */
  private readonly size: number;
  private readonly guests = new Column();
  private readonly places = new Column();
  private readonly lengths = new Column();
  /** Bytes in the file of a packed piece; 0 for plain ones. */
  private readonly packed = new Column();
  /** Of the image's own tables. */
  private readonly tables: Extent[] = [];

  constructor(bytes: ImageBytes, size: number) {
    this.bytes = bytes;
    this.size = size;
  }

  /** The image's own, where no data can be. */
  addTable(start: number, length: number): void {
    this.tables.push({ start, length });
  }

  /** Bytes of the disk from `guest` on that the file has at `place`; in the disk's order. What is beyond the disk's end is left out. */
  add(guest: number, place: number, length: number): void {
    const used = Math.min(length, this.size - guest);
    if (used <= 0) return;
    this.bytes.check(place, used, `the data of byte ${guest} of the disk`);
    const last = this.guests.length - 1;
    if (last >= 0 && this.packed.at(last) === 0) {
      const before = this.lengths.at(last);
      if (this.guests.at(last) + before === guest && this.places.at(last) + before === place) return this.lengths.set(last, before + used);
    }
    this.push(guest, place, used, 0);
  }

  /** The same, packed into at most `packedLength` bytes. */
  addPacked(guest: number, place: number, packedLength: number, length: number): void {
    const used = Math.min(length, this.size - guest);
    if (used <= 0) return;
    this.bytes.check(place, 1, `the packed data of byte ${guest} of the disk`);
    this.push(guest, place, used, Math.min(packedLength, this.bytes.size - place));
  }

  /** Returns the disk. Throws BadImage when two pieces of it share bytes of the file. */
  plan(unpack?: Unpack): BlockPlan {
    this.checkOverlaps();
    const extents: Extent[] = [];
    for (let n = 0; n < this.guests.length; n++) {
      const [start, length] = [this.guests.at(n), this.lengths.at(n)];
      const last = extents.at(-1);
      if (last && last.start + last.length === start) last.length += length;
      else extents.push({ start, length });
    }
    return { size: this.size, extents: mergeExtents(extents), write: (sink) => this.write(sink, unpack) };
  }

  private *write(sink: { write(offset: number, bytes: Uint8Array): void }, unpack: Unpack | undefined): Generator<number, void> {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let n = 0; n < this.guests.length; n++) {
      const [guest, place, length, packed] = [this.guests.at(n), this.places.at(n), this.lengths.at(n), this.packed.at(n)];
      if (packed > 0) {
        sink.write(guest, unpack!(place, packed, length, guest));
        yield length;
        continue;
      }
      for (let done = 0; done < length; done += PIECE) {
        const part = piece.subarray(0, Math.min(PIECE, length - done));
        this.bytes.fill(part, place + done);
        sink.write(guest + done, part);
        yield part.length;
      }
    }
  }

  private push(guest: number, place: number, length: number, packed: number): void {
    const last = this.guests.length - 1;
    if (last >= 0 && guest < this.guests.at(last) + this.lengths.at(last)) throw new Error(`byte ${guest} of the disk after a later one`);
    if (last + 1 >= MOST_RUNS)
      throw new BadImage(`the disk is in more than ${MOST_RUNS} pieces in the file`, {
        hint: 'Copy it with qemu-img convert first, which puts its clusters in order.',
      });
    this.guests.push(guest);
    this.places.push(place);
    this.lengths.push(length);
    this.packed.push(packed);
  }

  private checkOverlaps(): void {
    const order = this.orderInFile();
    const tables = mergeExtents(this.tables);
    let table = 0;
    for (let n = 0; n < order.length; n++) {
      const one = order[n]!;
      const start = this.places.at(one);
      const end = this.endInFile(one);
      while (table < tables.length && tables[table]!.start + tables[table]!.length <= start) table++;
      if (table < tables.length && tables[table]!.start < end)
        throw new BadImage(`byte ${this.guests.at(one)} of the disk is where the image has a table of its own`, { offset: start, hint });
      if (n + 1 === order.length || this.places.at(order[n + 1]!) >= end) continue;
      throw new BadImage(
        `bytes ${this.guests.at(one)} and ${this.guests.at(order[n + 1]!)} of the disk are at the same place of the file`,
        {
          offset: this.places.at(order[n + 1]!),
          hint,
        },
      );
    }
  }

  /** Of packed pieces only about how many bytes they have is known. */
  private endInFile(one: number): number {
    const [start, packed] = [this.places.at(one), this.packed.at(one)];
    return packed > 0 ? Math.max(start + 1, start + packed - SECTOR) : start + this.lengths.at(one);
  }

  private orderInFile(): Uint32Array {
    const order = Uint32Array.from({ length: this.guests.length }, (_, n) => n);
    const isSorted = order.every((n) => n === 0 || this.places.at(n - 1) < this.places.at(n));
    return isSorted ? order : order.sort((a, b) => this.places.at(a) - this.places.at(b));
  }
}

const hint = 'Its tables are damaged or made to deceive. qemu-img check says more.';

/** Metadata blocks: up to 8 KiB each, packed, behind a header of two bytes with the packed size. */
import { METADATA_SIZE, STORED_METADATA } from './format.ts';

/** Returns the packed bytes, which may be longer than they were; undefined stores everything as it is. */
export type Pack = ((bytes: Uint8Array) => Uint8Array) | undefined;

/** A place in a sequence of metadata blocks. */
export interface MetadataPlace {
  /** Bytes from the sequence's start to the header of the block. */
  block: number;
  /** Bytes in the unpacked block. */
  offset: number;
}

/** A sequence of metadata blocks. Its contents are one stream, cut every 8 KiB. */
export class MetadataWriter {
  private readonly blocks: Buffer[] = [];
  private readonly pending = Buffer.alloc(METADATA_SIZE);
  private offset = 0;
  private packedSize = 0;

  constructor(private readonly pack: Pack) {}

  /** Where the next byte goes. */
  get place(): MetadataPlace {
    return { block: this.packedSize, offset: this.offset };
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + METADATA_SIZE - this.offset);
      this.pending.set(part, this.offset);
      this.offset += part.length;
      done += part.length;
      if (this.offset === METADATA_SIZE) this.flush();
    }
  }

  /** Ends the sequence, and returns its bytes. */
  end(): Buffer {
    if (this.offset > 0) this.flush();
    return Buffer.concat(this.blocks);
  }

  private flush(): void {
    const block = metadataBlock(this.pending.subarray(0, this.offset), this.pack);
    this.blocks.push(block);
    this.packedSize += block.length;
    this.offset = 0;
  }
}

export function metadataBlock(bytes: Uint8Array, pack: Pack): Buffer {
  const packed = pack?.(bytes);
  const isSmaller = packed !== undefined && packed.length < bytes.length;
  const body = isSmaller ? packed : bytes;
  const header = Buffer.alloc(2);
  header.writeUInt16LE(body.length | (isSmaller ? 0 : STORED_METADATA), 0);
  return Buffer.concat([header, body]);
}

/** A table of fixed entries: metadata blocks at `start`, followed by the place of each. */
export interface LookupTable {
  bytes: Buffer;
  /** Of the list of places: what the superblock has. */
  listPlace: number;
}

export function encodeLookupTable(entries: Uint8Array, start: number, pack: Pack): LookupTable {
  const blocks: Buffer[] = [];
  const places: number[] = [];
  let at = start;
  for (let done = 0; done < entries.length; done += METADATA_SIZE) {
    const block = metadataBlock(entries.subarray(done, done + METADATA_SIZE), pack);
    places.push(at);
    blocks.push(block);
    at += block.length;
  }
  const list = Buffer.alloc(8 * places.length);
  places.forEach((place, n) => list.writeBigUInt64LE(BigInt(place), 8 * n));
  return { bytes: Buffer.concat([...blocks, list]), listPlace: at };
}

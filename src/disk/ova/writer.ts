/**
 * Writes an OVA (DSP0243, section 5.3): a tar archive of the descriptor, the manifest with everything's SHA-256, and the disk as a
 * stream-optimized VMDK. The first two are written last, when the disk's size is known, into the room that is left for them.
 */
import { createHash } from 'node:crypto';
import type { BlockSink } from '../block-sink.ts';
import type { ByteStream } from '../byte-stream.ts';
import { encodeTarHeader, TAR_BLOCK, TAR_END, tarPadding } from '../tar/header.ts';
import { VmdkStreamWriter } from '../vmdk/stream-writer.ts';
import { ovfDescriptor, type OvaMachine } from './descriptor.ts';

export interface OvaOptions {
  machine: OvaMachine;
  /** Of the files in the archive, without their suffixes. */
  baseName: string;
  /** Decides on UUIDs and the content's number. */
  seed: string;
  /** Of the members, in seconds since 1970. */
  time: number;
}

/** Larger than any file's, so that the descriptor with it has the room of any. */
const MOST_SIZE = Number.MAX_SAFE_INTEGER;

export class OvaWriter {
  /** The disk; its `end` is called by `end`. */
  readonly vmdk: VmdkStreamWriter;
  private readonly size: number;
  private readonly file: Pick<BlockSink, 'write'>;
  private readonly options: OvaOptions;
  private readonly hash = createHash('sha256');
  private readonly descriptorRoom: number;
  private readonly manifestLength: number;
  private readonly diskHeader: number;
  private position: number;

  /** `size` is the disk's, in bytes. Throws RangeError for texts that the descriptor cannot hold. */
  constructor(size: number, file: Pick<BlockSink, 'write'>, options: OvaOptions) {
    this.size = size;
    this.file = file;
    this.options = options;
    this.descriptorRoom = this.descriptor(MOST_SIZE, MOST_SIZE).length;
    this.manifestLength = this.manifest('0'.repeat(64), '0'.repeat(64)).length;
    const manifestHeader = TAR_BLOCK + this.descriptorRoom + tarPadding(this.descriptorRoom);
    this.diskHeader = manifestHeader + TAR_BLOCK + this.manifestLength + tarPadding(this.manifestLength);
    this.position = this.diskHeader + TAR_BLOCK;
    const stream: ByteStream = {
      write: (bytes) => {
        this.hash.update(bytes);
        this.file.write(this.position, bytes);
        this.position += bytes.length;
      },
      zeros: (count) => stream.write(Buffer.alloc(count)),
    };
    this.vmdk = new VmdkStreamWriter(size, stream, { seed: options.seed, fileName: this.diskName });
  }

  /** Writes the rest. Returns the file's size. */
  end(): number {
    const fileSize = this.vmdk.end();
    const { time, baseName } = this.options;
    const text = this.descriptor(fileSize, this.vmdk.populated);
    // Spaces behind its end are none of its contents.
    const descriptor = Buffer.concat([text, Buffer.alloc(this.descriptorRoom - text.length, ' ')]);
    const manifest = this.manifest(createHash('sha256').update(descriptor).digest('hex'), this.hash.digest('hex'));
    const member = (name: string, bytes: Buffer): Buffer =>
      Buffer.concat([encodeTarHeader({ name, size: bytes.length, time }), bytes, Buffer.alloc(tarPadding(bytes.length))]);
    this.file.write(0, Buffer.concat([member(`${baseName}.ovf`, descriptor), member(`${baseName}.mf`, manifest)]));
    this.file.write(this.diskHeader, encodeTarHeader({ name: this.diskName, size: fileSize, time }));
    this.file.write(this.position + tarPadding(fileSize), TAR_END);
    return this.position + tarPadding(fileSize) + TAR_END.length;
  }

  private get diskName(): string {
    return `${this.options.baseName}-disk1.vmdk`;
  }

  private descriptor(fileSize: number, populated: number): Buffer {
    const { machine, seed } = this.options;
    return Buffer.from(ovfDescriptor(machine, { fileName: this.diskName, fileSize, size: this.size, populated }, seed), 'utf8');
  }

  private manifest(descriptor: string, disk: string): Buffer {
    return Buffer.from(`SHA256(${this.options.baseName}.ovf)= ${descriptor}\nSHA256(${this.diskName})= ${disk}\n`, 'utf8');
  }
}

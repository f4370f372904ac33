/**
 * Tar archives as a stream: ustar, pax and GNU, each header parsed by the library. Sparse files and multi-volume archives are not
 * supported. A member's contents are available until the next member is requested; unread contents are skipped.
 */
import { Header } from 'tar';
import { ArchiveError } from './archive-error.ts';
import { ByteInput } from './byte-input.ts';
import { addPaxRecords, type ExtendedFields } from './pax.ts';

export interface TarMember {
  /** As written, without a slash at its end. */
  path: string;
  type: 'file' | 'hardlink' | 'symlink' | 'directory' | 'device' | 'fifo';
  /** Permission bits, 0 to 0o7777. */
  mode: number;
  /** Seconds since 1970, fractions cut off. */
  mtime: number;
  uid: number;
  gid: number;
  owner: string;
  group: string;
  /** Target of a link. */
  link: string;
  contents: MemberContents;
}

const BLOCK = 512;
/** The maximum bytes of extended headers and long names before one member: names have at most 4,096 bytes on Linux. */
const MOST_EXTENDED = 1 << 20;
const TYPES: Record<string, TarMember['type']> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Link: 'hardlink',
  SymbolicLink: 'symlink',
  Directory: 'directory',
  FIFO: 'fifo',
  CharacterDevice: 'device',
  BlockDevice: 'device',
};

/** The contents of one member. */
export class MemberContents {
  private left: number;

  constructor(
    private readonly input: ByteInput,
    readonly size: number,
    private readonly place: number,
  ) {
    this.left = size;
  }

  /** Returns the contents as one piece. */
  bytes(): Uint8Array {
    const bytes = this.input.take(this.left);
    if (bytes.length < this.left) throw this.cutShort();
    this.left = 0;
    return bytes;
  }

  /** Yields the unread contents in pieces. */
  *pieces(): Generator<Uint8Array> {
    while (this.left > 0) {
      const piece = this.input.takeSome(this.left);
      if (piece === undefined) throw this.cutShort();
      this.left -= piece.length;
      yield piece;
    }
  }

  skip(): void {
    for (const _ of this.pieces());
    let padding = (BLOCK - (this.size % BLOCK)) % BLOCK;
    for (let piece: Uint8Array | undefined; padding > 0 && (piece = this.input.takeSome(padding)); padding -= piece.length);
    if (padding > 0) throw this.cutShort();
  }

  private cutShort(): ArchiveError {
    return new ArchiveError('tar', `the member at byte ${this.place} is cut short`);
  }
}

/** Reads all of `pieces`, including what follows the archive's end. Throws ArchiveError. */
export function* readTar(pieces: Iterable<Uint8Array>): Generator<TarMember> {
  const input = new ByteInput(pieces);
  try {
    yield* membersOf(input);
    input.drain();
  } finally {
    input.close();
  }
}

function* membersOf(input: ByteInput): Generator<TarMember> {
  // The fields that extended headers set for the next member.
  let extended: ExtendedFields | undefined;
  let extendedSize = 0;
  for (;;) {
    const at = input.position;
    const block = input.take(BLOCK);
    // Two blocks of zeros end an archive; some writers leave them out, none may stop within a member.
    if (block.length === 0 && !extended) return;
    if (block.length < BLOCK) throw new ArchiveError('tar', `it is cut short at byte ${at + block.length}`);
    if (block[0] === 0) return;
    const header = readHeader(block, at, extended);
    const contents = new MemberContents(input, header.size ?? 0, at);
    if (EXTENDING.has(header.type)) {
      extendedSize += contents.size;
      if (extendedSize > MOST_EXTENDED)
        throw new ArchiveError('tar', `the extended headers at byte ${at} have more than ${MOST_EXTENDED} bytes`);
      extended = extend({ ...extended }, header.type, contents.bytes());
    } else if (header.type !== 'GlobalExtendedHeader') {
      const type = TYPES[header.type];
      if (!type) throw new ArchiveError('tar', `the header at byte ${at} has the type '${header.type}', which is not known here`);
      yield member(header, type, { block, extended, contents });
      extended = undefined;
      extendedSize = 0;
    }
    contents.skip();
  }
}

const EXTENDING = new Set<string>([
  'ExtendedHeader',
  'OldExtendedHeader',
  'NextFileHasLongPath',
  'OldGnuLongPath',
  'NextFileHasLongLinkpath',
]);

function extend(fields: ExtendedFields, type: string, bytes: Uint8Array): ExtendedFields {
  if (type === 'NextFileHasLongLinkpath') fields.linkpath = textAt(bytes, 0, bytes.length);
  else if (type === 'NextFileHasLongPath' || type === 'OldGnuLongPath') fields.path = textAt(bytes, 0, bytes.length);
  else addPaxRecords(fields, bytes);
  return fields;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset + at, length);
  const end = data.indexOf(0);
  return data.toString('utf8', 0, end < 0 ? length : end);
}

type HeaderFields = NonNullable<ConstructorParameters<typeof Header>[2]>;

function readHeader(block: Uint8Array, at: number, extended: ExtendedFields | undefined): Header {
  let header: Header;
  try {
    header = new Header(Buffer.from(block.buffer, block.byteOffset, block.length), 0, extended as HeaderFields | undefined);
  } catch (error) {
    throw new ArchiveError('tar', `the header at byte ${at}: ${(error as Error).message}`, error);
  }
  if (!header.cksumValid) throw new ArchiveError('tar', `the header at byte ${at} has a wrong checksum`);
  if (!Number.isSafeInteger(header.size ?? 0) || (header.size ?? 0) < 0)
    throw new ArchiveError('tar', `the header at byte ${at} says a size of ${header.size}`);
  return header;
}

function member(
  header: Header,
  type: TarMember['type'],
  { block, extended, contents }: { block: Uint8Array; extended: ExtendedFields | undefined; contents: MemberContents },
): TarMember {
  // The library puts the ustar header's prefix before an extended header's path, and ignores an extended link target.
  const path = extended?.path ?? header.path ?? '';
  const link = extended?.linkpath ?? header.linkpath ?? '';
  for (const name of [path, link]) {
    // Names must be UTF-8; any other could not be written unchanged.
    if (name.includes('\ufffd')) throw new ArchiveError('tar', `a name in it is not UTF-8: '${name}'`);
  }
  return {
    path: path.replace(/\/+$/, ''),
    type,
    mode: (header.mode ?? 0) & 0o7777,
    mtime: seconds(header.mtime),
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    // GNU's headers have the owner's names in the same place as ustar's; the library reads only ustar's.
    owner: header.uname ?? textAt(block, 265, 32),
    group: header.gname ?? textAt(block, 297, 32),
    link,
    contents,
  };
}

function seconds(time: Date | undefined): number {
  const milliseconds = time?.getTime() ?? 0;
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : 0;
}

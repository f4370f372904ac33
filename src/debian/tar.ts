/** Tar archives in memory: ustar, pax and GNU, each header read by the library. Sparse files and archives of several volumes are not. */
import { Header, Pax } from 'tar';
import { BootflakeError } from '../base/errors.ts';

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
  /** Contents, a part of the archive's memory. */
  contents: Uint8Array;
}

const BLOCK = 512;
const NOTHING = new Uint8Array(0);
const TYPES: Record<string, TarMember['type']> = {
  File: 'file', OldFile: 'file', ContiguousFile: 'file', Link: 'hardlink', SymbolicLink: 'symlink', Directory: 'directory', FIFO: 'fifo',
  CharacterDevice: 'device', BlockDevice: 'device',
};

/** Fails with `debian/bad-tar`; `what` names the archive in the message. */
export function* readTar(bytes: Uint8Array, what: string): Generator<TarMember> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const fault = (why: string) => new BootflakeError({ code: 'debian/bad-tar', message: `${what} is no good tar archive: ${why}` });
  // What headers of their own say of the next member.
  let extended: HeaderFields | undefined;
  for (let at = 0; ;) {
    if (at + BLOCK > data.length) {
      // Two blocks of zeros end an archive; some writers leave them out, none may stop within a member.
      if (at >= data.length && !extended) return;
      throw fault(`it is cut short at byte ${at}`);
    }
    if (data[at] === 0) return;
    const header = readHeader(data, at, extended, fault);
    const start = at + BLOCK;
    const end = start + (header.size ?? 0);
    if (end > data.length) throw fault(`the member at byte ${at} is cut short`);
    switch (header.type) {
      case 'ExtendedHeader': case 'OldExtendedHeader':
        extended = Pax.parse(data.toString('utf8', start, end), extended as Pax | undefined);
        break;
      case 'NextFileHasLongPath': case 'OldGnuLongPath':
        extended = { ...extended, path: textAt(data, start, header.size ?? 0) };
        break;
      case 'NextFileHasLongLinkpath':
        extended = { ...extended, linkpath: textAt(data, start, header.size ?? 0) };
        break;
      case 'GlobalExtendedHeader':
        break;
      default: {
        const type = TYPES[header.type];
        if (!type) throw fault(`the header at byte ${at} has the type '${header.type}', which is not known here`);
        // GNU's headers have the owner's names where ustar's have them; the library reads them of ustar only.
        header.uname ??= textAt(data, at + 265, 32);
        header.gname ??= textAt(data, at + 297, 32);
        header.linkpath = extended?.linkpath ?? header.linkpath;
        yield member(header, type, type === 'file' ? bytes.subarray(start, end) : NOTHING);
        extended = undefined;
      }
    }
    at = start + Math.ceil((end - start) / BLOCK) * BLOCK;
  }
}

function textAt(data: Buffer, at: number, length: number): string {
  const end = data.indexOf(0, at);
  return data.toString('utf8', at, end < 0 ? at + length : Math.min(end, at + length));
}

type HeaderFields = NonNullable<ConstructorParameters<typeof Header>[2]>;

function readHeader(data: Buffer, at: number, extended: HeaderFields | undefined, fault: (why: string) => BootflakeError): Header {
  let header: Header;
  try {
    header = new Header(data, at, extended);
  } catch (error) {
    throw fault(`the header at byte ${at}: ${(error as Error).message}`);
  }
  if (!header.cksumValid) throw fault(`the header at byte ${at} has a wrong checksum`);
  if (!Number.isSafeInteger(header.size ?? 0) || (header.size ?? 0) < 0) throw fault(`the header at byte ${at} says a size of ${header.size}`);
  return header;
}

function member(header: Header, type: TarMember['type'], contents: Uint8Array): TarMember {
  const { path = '', linkpath: link = '' } = header;
  for (const name of [path, link]) {
    // Names are UTF-8; one that is not could not be written again as it was.
    if (name.includes('\ufffd')) throw new BootflakeError({ code: 'debian/bad-tar', message: `a name in the archive is not UTF-8: '${name}'` });
  }
  return {
    path: path.replace(/\/+$/, ''), type, mode: (header.mode ?? 0) & 0o7777, mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
    uid: header.uid ?? 0, gid: header.gid ?? 0, owner: header.uname ?? '', group: header.gname ?? '', link, contents,
  };
}

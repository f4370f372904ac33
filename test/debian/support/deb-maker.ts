/** Packages made for tests: tar, ar and the control files, good and bad. */
import { gzipSync } from 'node:zlib';

export interface TarEntry {
  path: string;
  type?: 'file' | 'directory' | 'symlink' | 'hardlink' | 'device';
  mode?: number;
  /** Seconds since 1970. Defaults to 0. */
  mtime?: number;
  uid?: number;
  gid?: number;
  owner?: string;
  group?: string;
  link?: string;
  contents?: string | Uint8Array;
}

const TYPE_FLAGS = { file: '0', hardlink: '1', symlink: '2', device: '3', directory: '5' };

export function makeTar(entries: TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

function tarEntry(entry: TarEntry): Buffer {
  const { path, type = path.endsWith('/') ? 'directory' : 'file', contents = '', link = '' } = entry;
  const bytes = Buffer.from(contents as string);
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(link) > 100) {
    const long = [
      ...(Buffer.byteLength(path) > 100 ? [longName('L', path)] : []),
      ...(Buffer.byteLength(link) > 100 ? [longName('K', link)] : []),
    ];
    return Buffer.concat([...long, tarEntry({ ...entry, path: path.slice(0, 50), type, link: link.slice(0, 50) })]);
  }
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(`${(entry.mode ?? (type === 'directory' ? 0o755 : 0o644)).toString(8).padStart(7, '0')}\0`, 100);
  header.write(`${(entry.uid ?? 0).toString(8).padStart(7, '0')}\0`, 108);
  header.write(`${(entry.gid ?? 0).toString(8).padStart(7, '0')}\0`, 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${(entry.mtime ?? 0).toString(8).padStart(11, '0')}\0`, 136);
  header.write(TYPE_FLAGS[type], 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257);
  header.write(entry.owner ?? 'root', 265);
  header.write(entry.group ?? 'root', 297);
  writeChecksum(header);
  return Buffer.concat([header, padded(bytes)]);
}

function longName(flag: string, text: string): Buffer {
  const entry = tarEntry({ path: '././@LongLink', contents: `${text}\0` });
  entry.write(flag, 156);
  writeChecksum(entry.subarray(0, 512));
  return entry;
}

/** Writes the checksum of a tar header, which has to be written last. */
export function writeChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function makeAr(members: [string, Uint8Array][]): Buffer {
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...members.flatMap(([name, bytes]) => [
      Buffer.from(
        `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
      ),
      bytes,
      Buffer.alloc(bytes.length % 2, '\n'),
    ]),
  ]);
}

export interface DebRecipe {
  name: string;
  version?: string;
  architecture?: string;
  /** More fields of the control file. */
  fields?: Record<string, string>;
  conffiles?: string;
  /** Maintainer scripts by name. */
  scripts?: Record<string, string>;
  files?: TarEntry[];
  /** How the data is compressed: the member's suffix and the function. */
  compress?: [string, (bytes: Buffer) => Uint8Array];
}

export function makeDeb({
  name,
  version = '1.0-1',
  architecture = 'amd64',
  fields = {},
  conffiles,
  scripts = {},
  files = [],
  compress = ['.gz', (bytes) => gzipSync(bytes)],
}: DebRecipe): Buffer {
  const lines = Object.entries({ Package: name, Version: version, Architecture: architecture, ...fields }).map(
    ([key, value]) => `${key}: ${value}\n`,
  );
  const control = makeTar([
    { path: './control', contents: lines.join('') },
    ...(conffiles ? [{ path: './conffiles', contents: conffiles }] : []),
    ...Object.entries(scripts).map(([script, contents]) => ({ path: `./${script}`, mode: 0o755, contents })),
  ]);
  return makeAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(control)],
    [`data.tar${compress[0]}`, compress[1](makeTar([{ path: './' }, ...files]))],
  ]);
}

/** What the table needs of Debian's archive: the packages to read, and the first bytes of each. */
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { readTar } from '../../src/archive/tar.ts';
import { unpackedPieces, type Compression } from '../../src/archive/compression.ts';
import { parseStanzas } from '../../src/debian/control.ts';
import { parseDeb } from '../../src/debian/deb.ts';
import { followDirectory } from '../../src/debian/generated/tree-walk.ts';
import { bytesSource } from '../../src/tree/file-tree.ts';

export interface Listed {
  name: string;
  filename: string;
  size: number;
  depends: string;
}

async function get(url: string, range?: number): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await getOnce(url, range);
    } catch (error) {
      if (attempt === 5) throw error;
      await setTimeout(1000 * attempt);
    }
  }
}

async function getOnce(url: string, range?: number): Promise<Buffer> {
  const response = await fetch(url, { headers: range === undefined ? {} : { range: `bytes=0-${range - 1}` } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

export async function packagesOf(mirror: string, suite: string): Promise<Listed[]> {
  const text = gunzipSync(await get(`${mirror}/dists/${suite}/main/binary-amd64/Packages.gz`)).toString('utf8');
  return parseStanzas(text).map((fields) => ({
    name: fields.get('package') ?? '',
    filename: fields.get('filename') ?? '',
    size: Number(fields.get('size')),
    depends: `${fields.get('depends') ?? ''}, ${fields.get('pre-depends') ?? ''}`,
  }));
}

/** The packages with a unit of systemd, and those with a list for systemd-sysusers. */
export async function ownersOf(mirror: string, suite: string): Promise<{ units: Set<string>; lists: Set<string> }> {
  const [units, lists] = [new Set<string>(), new Set<string>()];
  for (const architecture of ['amd64', 'all']) {
    for (const text of textsOf(gunzipSync(await get(`${mirror}/dists/${suite}/main/Contents-${architecture}.gz`)))) {
      for (const [, folder, owners] of text.matchAll(/^(?:usr\/)?lib\/(systemd\/system|sysusers\.d)\/[^/\s]+\s+(\S+)$/gm)) {
        for (const owner of owners!.split(',')) (folder === 'sysusers.d' ? lists : units).add(owner.replace(/^.*\//, ''));
      }
    }
  }
  return { units, lists };
}

/** Whole lines, in parts: a string has at most 512 MiB. */
function* textsOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf('\n', Math.min(from + (64 << 20), bytes.length - 1));
    const to = newline < 0 ? bytes.length : newline + 1;
    yield bytes.toString('latin1', from, to);
    from = to;
  }
}

/** The scripts of a package: its control archive comes first in its file. */
export async function scriptsOf(mirror: string, { filename }: Listed): Promise<string> {
  let bytes = await get(`${mirror}/${filename}`, 64 << 10);
  // Each member of an ar archive has a header of 60 bytes; the first one, debian-binary, has 4.
  const header = bytes.subarray(72, 132).toString('latin1');
  const length = Number(header.slice(48, 58));
  if (132 + length > bytes.length) bytes = await get(`${mirror}/${filename}`, 132 + length);
  const suffix = /^control\.tar(\.\w+)?/.exec(header)?.[1] ?? '';
  const compression = ({ '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' } as Record<string, Compression>)[suffix] ?? 'none';
  let text = '';
  for (const { path, contents } of readTar(unpackedPieces(bytesSource(bytes.subarray(132, 132 + length)), compression, () => undefined))) {
    if (/^(?:\.\/)?(?:preinst|postinst)$/.test(path)) text += `${Buffer.from(contents.bytes()).toString('utf8')}\n`;
  }
  return text;
}

/** Its lists for systemd-sysusers. */
export async function listsOf(mirror: string, { filename, name }: Listed): Promise<string[]> {
  const { root } = parseDeb(await get(`${mirror}/${filename}`), name, (path) => !/^usr(?:\/lib(?:\/sysusers\.d(?:\/.*)?)?)?$/.test(path));
  const folder = followDirectory(root, 'usr/lib/sysusers.d');
  return [...(folder?.entries.values() ?? [])].flatMap((node) => {
    if (node.type !== 'regular') return [];
    const bytes = Buffer.alloc(node.contents.size);
    node.contents.read(bytes, 0);
    return [bytes.toString('utf8')];
  });
}

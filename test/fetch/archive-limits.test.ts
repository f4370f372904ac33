/** Malicious archives: each is refused quickly, in little memory, and writes only into the given folder. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { defaultLimits, type ArchiveLimits } from '../../src/archive/limits.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { unpackArchive } from '../../src/fetch/archive/unpack.ts';
import type { FetchSettings } from '../../src/settings/fetch-settings.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { bytesSource } from '../../src/tree/file-tree.ts';
import { makeTar, type TarEntry, writeChecksum } from '../debian/support/deb-maker.ts';
import { xzStart } from '../debian/support/xz-maker.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-limits-'));
let places = 0;
const MiB = 2 ** 20;

after(() => {
  // About 500 MiB with the test's own program, varying with garbage collection; what is refused would be gigabytes.
  assert.ok(process.resourceUsage().maxRSS < 768 * 1024, `${process.resourceUsage().maxRSS} KiB of memory were used`);
  removeTree(folder);
});

function unpack(bytes: Uint8Array, limits?: ArchiveLimits): string {
  return unpackArchive(bytesSource(bytes), 'https://host/x', join(folder, `${places++}`), limits).tree;
}

function refuses(bytes: Uint8Array, code: string, message: RegExp, limits?: ArchiveLimits): void {
  assert.throws(
    () => unpack(bytes, limits),
    (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, `flake/${code}`, error.message);
      assert.match(error.message, message);
      assert.match(error.message, /^'https:\/\/host\/x' /);
      if (code === 'archive-too-large') assert.match(error.hint, /--option max-archive-(size|ratio|entries) /);
      return true;
    },
  );
}

/** The tar header of a file of this size, without its contents. */
function fileHeader(size: number): Buffer {
  const header = makeTar([{ path: 'zeros' }]).subarray(0, 512);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  writeChecksum(header);
  return header;
}

const ratio = /more than (64|\d\d\d?) MiB, over 128 times as much/;

test('.gz: refuses consecutive members of zeros', () => {
  const member = gzipSync(Buffer.alloc(16 * MiB), { level: 9 });
  refuses(Buffer.concat([gzipSync(fileHeader(4 * 2 ** 30)), ...Array.from({ length: 256 }, () => member)]), 'archive-too-large', ratio);
});

test('.bz2: refuses 230 bytes that unpack to 200 MB', () => {
  // Python: bz2.compress(HEADER + bytes(200_000_000)), HEADER that of a file of this size.
  const packed = readFileSync(new URL('zeros.tar.bz2', import.meta.url));
  assert.ok(packed.length < 1000);
  refuses(packed, 'archive-too-large', ratio);
});

test('.zst: refuses blocks that repeat one byte, a window of 2 GB, one-byte blocks in a large window', () => {
  const frame = (descriptor: number, window: number, blocks: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, window]), ...blocks]);
  const block = (type: number, size: number, contents: Buffer, last = false): Buffer => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3);
    return Buffer.concat([header, contents]);
  };
  const raw = (bytes: Buffer): Buffer => block(0, bytes.length, bytes);
  const repeated = (size: number): Buffer => block(1, size, Buffer.alloc(1));
  refuses(
    frame(0, 7 << 3, [raw(fileHeader(2 ** 30)), ...Array.from({ length: 4000 }, () => repeated(128 << 10))]),
    'archive-too-large',
    ratio,
  );
  refuses(frame(0, 21 << 3, [raw(fileHeader(0))]), 'bad-archive', /wants 2147483648 bytes of memory/);
  const slow = frame(0, 13 << 3, [raw(fileHeader(MiB)), ...Array.from({ length: MiB }, () => repeated(1))]);
  refuses(slow, 'bad-archive', /blocks that are far too small/);
});

/** The size fields of LZMA2 chunks, without data to unpack. */
function emptyXz(chunks: number, dictionary = 22): Buffer {
  const chunk = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0, 15, 0x5d]), Buffer.alloc(16)]);
  return Buffer.concat([xzStart(dictionary), ...Array.from({ length: chunks }, () => chunk), Buffer.alloc(64)]);
}

test('.xz: checks the unpacked size before unpacking', () => {
  refuses(emptyXz(100), 'archive-too-large', ratio);
  refuses(emptyXz(5000), 'archive-too-large', /unpacks to more than 8192 MiB/, { ...defaultLimits, ratio: 1e6 });
  refuses(emptyXz(1, 29), 'bad-archive', /wants 100663296 bytes of memory to be unpacked with, at most 67108864 are given/);
});

/** A zip whose entries all share the same bytes, or each have their own. */
function makeZip(contents: Buffer, count: number, overlapping: boolean): Buffer {
  const packed = deflateRawSync(contents, { level: 9 });
  const checksum = crc32(contents);
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(`file-${i}`);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(checksum, 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(contents.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(overlapping ? 0 : at, 42);
    central.push(entry, name);
    if (overlapping && i > 0) continue;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    locals.push(local, packed);
    at += 30 + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

test('.zip: refuses overlapping members, members of zeros, and more bytes than the directory states', () => {
  const zeros = Buffer.alloc(4 * MiB);
  refuses(makeZip(zeros, 500, true), 'bad-archive', /'file-1' overlaps another/);
  refuses(makeZip(zeros, 100, false), 'archive-too-large', ratio);
  const longer = makeZip(zeros, 1, false);
  longer.writeUInt32LE(1000, longer.length - 22 - 46 - 6 + 24);
  refuses(longer, 'bad-archive', /'file-0' is damaged/);
  assert.equal(readFileSync(join(unpack(makeZip(Buffer.from('plain'), 3, false)), 'file-2'), 'latin1'), 'plain');
});

test('counts each hard link as the file that it becomes in a NAR', () => {
  const links = Array.from({ length: 200 }, (_, i): TarEntry => ({ path: `link-${i}`, type: 'hardlink', link: 'large' }));
  refuses(gzipSync(makeTar([{ path: 'large', contents: Buffer.alloc(MiB) }, ...links])), 'archive-too-large', ratio);
});

test('refuses more entries than a tree may have', () => {
  const many = Array.from({ length: 40 }, (_, i): TarEntry => ({ path: `a/b/${i}` }));
  refuses(gzipSync(makeTar(many)), 'archive-too-large', /more than 40 entries/, { ...defaultLimits, entries: 40 });
  refuses(makeZip(Buffer.alloc(1), 41, false), 'archive-too-large', /more than 40 entries/, { ...defaultLimits, entries: 40 });
  refuses(gzipSync(makeTar(many)), 'archive-too-large', /makes a tree of more than 0 MiB/, { ...defaultLimits, size: 100_000 });
  assert.equal(readdirSync(unpack(gzipSync(makeTar(many)), { ...defaultLimits, entries: 42 })).length, 1);
});

test('refuses names, paths and targets that no file system accepts', () => {
  const long = 'n'.repeat(300);
  const deep = (depth: number): string => Array.from({ length: depth }, () => 'd').join('/');
  refuses(makeTar([{ path: long }]), 'bad-archive', /the name 'n{40}\.\.\.n{37}' in it has 300 bytes, more than 255/);
  refuses(makeTar([{ path: deep(300) }]), 'bad-archive', /lies 300 folders deep, more than 256/);
  refuses(makeTar([{ path: Array.from({ length: 20 }, () => 'n'.repeat(200)).join('/') }]), 'bad-archive', /a path of 4019 bytes/);
  refuses(makeTar([{ path: 'l', type: 'symlink', link: 'n'.repeat(5000) }]), 'bad-archive', /a target of 5000 bytes/);
  refuses(makeTar([{ path: 'l', type: 'symlink', link: '' }]), 'bad-archive', /a target of 0 bytes/);
  assert.ok(existsSync(unpack(makeTar([{ path: deep(250) }, { path: 'other', contents: 'x' }]))));
});

function paxHeader(records: string, size = records.length): Buffer {
  const entry = makeTar([{ path: 'PaxHeader/x', contents: records }]).subarray(0, -1024);
  const header = fileHeader(size).subarray(0, 512);
  header.write('x', 156);
  writeChecksum(header);
  return Buffer.concat([header, entry.subarray(512)]);
}

test('handles extended headers: gigabytes of them, sparse files, invalid sizes, a name with a line break', () => {
  const member = makeTar([{ path: 'short', contents: 'x' }]);
  refuses(paxHeader('', 2 ** 31), 'bad-archive', /extended headers at byte 0 have more than 1048576 bytes/);
  refuses(
    Buffer.concat([...Array.from({ length: 5 }, () => paxHeader(`${'8'.padEnd(7, ' ')}`.padEnd(300_000, '\0'))), member]),
    'bad-archive',
    /extended headers.*more than|record/,
  );
  refuses(Buffer.concat([paxHeader('22 GNU.sparse.major=1\n'), member]), 'bad-archive', /sparse file/);
  refuses(Buffer.concat([paxHeader('14 size=1e9.5\n'), member]), 'bad-archive', /size = '1e9\.5'/);
  refuses(Buffer.concat([paxHeader('11 size=-1\n'), member]), 'bad-archive', /size = '-1'/);
  refuses(Buffer.concat([paxHeader('999999 path=x\n'), member]), 'bad-archive', /a record of an extended header is broken/);
  assert.deepEqual(readdirSync(unpack(Buffer.concat([paxHeader('16 path=new\nline\n'.replace('16', '17')), member]))), ['new\nline']);
});

test('neither writes through a link in an archive nor replaces its target', () => {
  const outside = join(folder, 'outside');
  const link: TarEntry = { path: 'l', type: 'symlink', link: outside };
  refuses(makeTar([link, { path: 'l/x', contents: 'evil' }]), 'bad-archive', /lies in 'l', which is no folder/);
  const tree = unpack(
    makeTar([link, { path: 'l', contents: 'a file now' }, { path: 'd/x' }, { path: 'd', type: 'symlink', link: outside }]),
  );
  assert.deepEqual(readdirSync(tree).sort(), ['d', 'l']);
  assert.equal(readFileSync(join(tree, 'l'), 'latin1'), 'a file now');
  refuses(
    makeTar([
      { path: 'd/x', contents: 'x' },
      { path: 'd', type: 'hardlink', link: 'd/x' },
    ]),
    'bad-archive',
    /takes the place of the folder of its file/,
  );
  assert.ok(!existsSync(outside));
});

function fetchSettings(nixSettings: Record<string, string>): FetchSettings {
  return readSettings({ nixSettings }, { HOME: folder, NIX_CONF_DIR: folder }).fetch;
}

test('the limits are settings', () => {
  const archive = gzipSync(makeTar([{ path: 'zeros', contents: Buffer.alloc(65 * MiB) }]));
  refuses(archive, 'archive-too-large', ratio);
  const { archiveLimits } = fetchSettings({ 'max-archive-ratio': '2000', 'max-archive-size': '100M', 'max-archive-entries': '10' });
  assert.deepEqual(archiveLimits, { size: 100 * MiB, ratio: 2000, entries: 10 });
  assert.ok(existsSync(unpack(archive, archiveLimits)));
  assert.equal(fetchSettings({ 'max-download-size': '2g' }).mostDownloaded, 2 ** 31);
  for (const bad of ['-1', '1.5', 'lots', '9999999999T'])
    assert.throws(() => fetchSettings({ 'max-archive-size': bad }), { code: 'flake/bad-settings', message: /max-archive-size/ });
});

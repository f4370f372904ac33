/** The disk in an image for a host, as the host takes it out of its file. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readVma } from '../disk/read-vma.ts';
import type { Workplace } from './bootflake.ts';

const formats: Record<string, string> = { img: 'raw', qcow2: 'qcow2', raw: 'raw', vhd: 'vpc', vhdx: 'vhdx', vmdk: 'vmdk' };

/** A qcow2 over the file's disk, which stays as it is, larger by `extraSpace` bytes at least. A later one takes its place. */
export async function overlayOf(place: Workplace, file: string, { extraSpace }: { extraSpace: number }): Promise<string> {
  const run = async (command: string, args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await place.run(command, args);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const folder = join(place.folder, 'unpacked');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  let disk = file;
  if (/\.(ova|box|tar\.gz)$/.test(disk)) {
    await run('tar', ['-xSf', disk, '-C', folder]);
    const names = readdirSync(folder).filter((name) => /\.(qcow2|raw|vmdk)$/.test(name));
    assert.equal(names.length, 1, `${names}`);
    disk = join(folder, names[0]!);
  }
  const packed = /\.(gz|zst)$/.exec(disk)?.[1];
  if (packed !== undefined) {
    const unpacked = join(folder, basename(disk, `.${packed}`));
    await run('sh', ['-c', `${packed === 'gz' ? 'gzip' : 'zstd'} -dcq "$1" > "$2"`, 'sh', disk, unpacked]);
    disk = unpacked;
  }
  if (disk.endsWith('.vma')) disk = restoreVma(disk, join(folder, 'disk.raw'));
  const format = formats[/[^.]*$/.exec(disk)![0]];
  assert.ok(format, disk);
  const info = JSON.parse(await run('qemu-img', ['info', '--output=json', '-f', format, disk])) as { 'virtual-size': number };
  // Cards have such sizes.
  const size = extraSpace === 0 ? info['virtual-size'] : 2 ** Math.ceil(Math.log2(info['virtual-size'] + extraSpace));
  const overlay = join(place.folder, 'disk.qcow2');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', disk, '-F', format, overlay, `${size}`]);
  return overlay;
}

/** Writes the disk of a backup of Proxmox's, as qmrestore does. */
function restoreVma(file: string, disk: string): string {
  const { clusters, devices } = readVma(readFileSync(file));
  const [device, { size }] = [...devices][0]!;
  const out = openSync(disk, 'w');
  ftruncateSync(out, size);
  for (const [number, bytes] of clusters.get(device)!)
    if (bytes) writeSync(out, bytes, 0, Math.min(bytes.length, size - number * 65536), number * 65536);
  closeSync(out);
  return disk;
}

/** Reads a VMA as Proxmox's vma_spec.txt describes it, checking every sum; knows nothing of the writer. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export interface ReadVma {
  uuid: string;
  ctime: number;
  configs: Map<string, Buffer>;
  devices: Map<number, { name: string; size: number }>;
  /** The bytes of a device's clusters, by their numbers; those without a block are undefined. */
  clusters: Map<number, Map<number, Buffer | undefined>>;
}

const md5Without = (bytes: Buffer, at: number): string => {
  const copy = Buffer.from(bytes);
  copy.fill(0, at, at + 16);
  return createHash('md5').update(copy).digest('hex');
};

export function readVma(file: Buffer): ReadVma {
  assert.equal(file.toString('latin1', 0, 4), 'VMA\0');
  assert.equal(file.readUInt32BE(4), 1);
  const headerSize = file.readUInt32BE(56);
  assert.equal(headerSize % 512, 0);
  const header = file.subarray(0, headerSize);
  assert.equal(header.toString('hex', 32, 48), md5Without(header, 32));
  const blobStart = header.readUInt32BE(48);
  const blobEnd = blobStart + header.readUInt32BE(52);
  assert.ok(blobStart >= 12288 && blobEnd <= headerSize);
  const blobs = new Map<number, Buffer>();
  for (let at = blobStart + 1; at + 2 <= blobEnd; ) {
    const length = header.readUInt16LE(at);
    assert.ok(at + 2 + length <= blobEnd);
    blobs.set(at - blobStart, header.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const textOf = (pointer: number): string => {
    const blob = blobs.get(pointer);
    assert.ok(blob && blob.at(-1) === 0, `no text at ${pointer}`);
    return blob.toString('utf8', 0, blob.length - 1);
  };
  const configs = new Map<string, Buffer>();
  for (let n = 0; n < 256; n++) {
    const [name, data] = [header.readUInt32BE(2044 + n * 4), header.readUInt32BE(3068 + n * 4)];
    if (name && data) configs.set(textOf(name), blobs.get(data)!);
  }
  const devices: ReadVma['devices'] = new Map();
  const clusters: ReadVma['clusters'] = new Map();
  for (let n = 1; n < 256; n++) {
    const at = 4096 + n * 32;
    const size = Number(header.readBigUInt64BE(at + 8));
    if (size === 0) continue;
    devices.set(n, { name: textOf(header.readUInt32BE(at)), size });
    clusters.set(n, new Map());
  }
  const uuid = header.toString('hex', 8, 24);
  for (let at = headerSize; at < file.length; ) {
    const head = file.subarray(at, at + 512);
    assert.equal(head.toString('latin1', 0, 4), 'VMAE');
    assert.equal(head.toString('hex', 8, 24), uuid);
    assert.equal(head.toString('hex', 24, 40), md5Without(head, 24));
    at += 512;
    let blocks = 0;
    for (let n = 0; n < 59; n++) {
      const entry = 40 + n * 8;
      const device = head[entry + 3]!;
      if (device === 0) continue;
      const [mask, number] = [head.readUInt16BE(entry), head.readUInt32BE(entry + 4)];
      const found = clusters.get(device);
      assert.ok(found && !found.has(number), `cluster ${number} of device ${device}`);
      assert.ok(number * 65536 < devices.get(device)!.size);
      const bytes = mask === 0 ? undefined : Buffer.alloc(65536);
      for (let block = 0; block < 16; block++) {
        if ((mask & (1 << block)) === 0) continue;
        file.copy(bytes!, block * 4096, at, at + 4096);
        at += 4096;
        blocks += 1;
      }
      found.set(number, bytes);
    }
    assert.equal(head.readUInt16BE(6), blocks);
    assert.ok(at <= file.length);
  }
  for (const [device, { size }] of devices) assert.equal(clusters.get(device)!.size, Math.ceil(size / 65536), 'every cluster is listed');
  return { uuid, ctime: Number(header.readBigInt64BE(24)), configs, devices, clusters };
}

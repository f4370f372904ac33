/** A conversation with a daemon whose responses are given beforehand. */
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { Connection } from '../../../src/daemon/connection.ts';
import type { Transport } from '../../../src/daemon/transport/transport.ts';
import { parseStorePath } from '../../../src/nix-format/store-path.ts';
import { narDigest } from '../../../src/nix-format/nar-writer.ts';
import { physicalSource } from '../../../src/store/physical-tree.ts';
import { NarUnpacker } from '../../../src/store/unpack-nar.ts';
import { ASKED } from './daemon.ts';
import type { Reader } from './format.ts';

export const daemon: Reader = async (bytes, folder) => {
  const input = new PassThrough();
  const transport: Transport = {
    input,
    output: new Writable({ write: (_, _encoding, done) => done() }),
    complaint: () => Promise.resolve(''),
    setIdle() {},
    close: () => void input.destroy(),
  };
  const step = 1 + (bytes[0] ?? 0) * 40;
  for (let at = 1; at < bytes.length; at += step) input.write(bytes.subarray(at, at + step));
  input.end();
  const { signal } = new AbortController();
  const connection = await Connection.open(transport, 'unix:///socket', { silence: 2000, signal });
  await connection.during(signal, () => converse(connection, folder));
};

async function converse(connection: Connection, folder: string): Promise<void> {
  const info = await connection.queryPathInfo(ASKED);
  if (info) {
    for (const path of [...info.references, info.deriver ?? ASKED]) assert.ok(parseStorePath(path), path);
    const unpacker = new NarUnpacker(folder, { narSize: info.narSize, candidates: [ASKED, ...info.references] });
    try {
      await connection.narFromPath(ASKED, info.narSize, (piece) => unpacker.push(piece));
      const { sha256, size } = unpacker.finish();
      assert.equal(size, info.narSize);
      assert.deepEqual(Buffer.from(narDigest(physicalSource, folder).sha256), sha256, 'another tree was written');
    } finally {
      unpacker.close();
    }
  }
  for (const path of await connection.queryValidPaths([ASKED], false)) assert.equal(path, ASKED);
  const drv = { name: 'x', outputs: new Map(), inputDrvs: new Map(), inputSrcs: [], system: '', builder: '', args: [], env: new Map() };
  const lines: string[] = [];
  const listener = { onLogLine: (line: string) => void lines.push(line), onMessage: (line: string) => void lines.push(line) };
  const { ok, message } = await connection.buildDerivation(`${ASKED}.drv`, drv, [], listener);
  assert.equal(ok, message === '');
}

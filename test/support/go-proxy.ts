import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32 } from '../../src/base/crc32.ts';

export interface GoProxy {
  url: string;
  /** The lines that a go.sum has for the module. */
  sums: string;
  close(): void;
}

/** A module proxy (https://go.dev/ref/mod#goproxy-protocol) that has one module, the files directly in a folder. */
export async function goProxy(module: string, version: string, folder: string): Promise<GoProxy> {
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ name: `${module}@${version}/${name}`, contents: readFileSync(join(folder, name)) }));
  const manifest = readFileSync(join(folder, 'go.mod'));
  const answers: Record<string, Buffer> = {
    [`/${module}/@v/list`]: Buffer.from(`${version}\n`),
    [`/${module}/@v/${version}.info`]: Buffer.from(JSON.stringify({ Version: version, Time: '2024-01-01T00:00:00Z' })),
    [`/${module}/@v/${version}.mod`]: manifest,
    [`/${module}/@v/${version}.zip`]: zipOf(files),
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer ? 200 : 404).end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sums:
      `${module} ${version} ${treeHash(files)}\n` + `${module} ${version}/go.mod ${treeHash([{ name: 'go.mod', contents: manifest }])}\n`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface NamedFile {
  name: string;
  contents: Buffer;
}

/** Go's `h1:` hash of files. */
function treeHash(files: NamedFile[]): string {
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes);
  return `h1:${sha256(files.map(({ name, contents }) => `${sha256(contents).digest('hex')}  ${name}\n`).join('')).digest('base64')}`;
}

/** An archive of uncompressed files. */
function zipOf(files: NamedFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, contents } of files) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(contents), 10);
    fields.writeUInt32LE(contents.length, 14);
    fields.writeUInt32LE(contents.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), contents]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), fields, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

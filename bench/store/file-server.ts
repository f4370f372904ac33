/** `node --import tsx bench/store/file-server.ts FOLDER`: serves the files of a cache by HTTP and prints the address. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

const folder = process.argv[2]!;
const server = createServer((request, response) => {
  const path = join(folder, normalize(`/${decodeURIComponent(request.url ?? '')}`));
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': found.size });
  createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));

/** A port of the loopback interface for a program that cannot choose one itself. */
import { createServer, type AddressInfo } from 'node:net';

/** Returns one that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

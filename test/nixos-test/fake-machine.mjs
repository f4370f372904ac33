#!/usr/bin/env node
/** Plays qemu, virtiofsd and swtpm for tests of what starts them. As qemu it notes its arguments, and runs until it is ended. */
import { appendFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { basename } from 'node:path';

const name = basename(process.argv[1], '.mjs');
const args = process.argv.slice(2);
if (args.includes('--version')) {
  console.log('virtiofsd 1.13.0');
  process.exit();
}
appendFileSync(process.env.STARTED, `${JSON.stringify({ name, args })}\n`);
if (name === 'qemu') new Socket({ fd: 3 }).on('data', () => {});
else {
  const socket = args[args.indexOf('--socket-path') + 1] ?? '';
  createServer().listen(name === 'swtpm' ? /path=([^,]*)/.exec(args.join(' '))[1] : socket);
}
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    appendFileSync(process.env.STARTED, `${JSON.stringify({ name, ended: signal })}\n`);
    process.exit();
  });
setInterval(() => {}, 1000);

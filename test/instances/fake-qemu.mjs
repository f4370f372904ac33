#!/usr/bin/env node
/** Plays qemu for tests of what runs it: the machine protocol on a socket, a console, an end when it is asked to. */
import { appendFileSync, openSync } from 'node:fs';
import { createServer, Socket } from 'node:net';

const [, , mode] = process.argv;
if (mode === 'fail') {
  process.stderr.write('qemu-system-x86_64: -drive file=system.qcow2: Failed to get "write" lock\n');
  process.exit(1);
}
const server = createServer((socket) => {
  socket.write('{"QMP": {}}\n');
  socket.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      const { execute } = JSON.parse(line);
      socket.write('{"return": {}}\n');
      if (execute === 'quit') setTimeout(() => process.exit(0), 20);
      if (execute === 'system_reset') process.exit(3);
    }
  });
});
appendFileSync('serial.log', 'begun\n');
// Its own writer keeps a FIFO open for as long as it runs.
let typed = '';
new Socket({ fd: openSync('console.in', 'r+') }).on('data', (bytes) => {
  // What is typed comes in pieces of any size.
  const lines = (typed + bytes).split('\n');
  typed = lines.pop();
  for (const line of lines) appendFileSync('serial.log', `typed ${line}\n`);
});
// As qemu, which opens its consoles before it can be asked for anything.
server.listen('qmp.sock');

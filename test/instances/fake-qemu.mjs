#!/usr/bin/env node
/** Plays qemu for tests of what runs it: the machine protocol on a socket, a console, an end when it is asked to. */
import { appendFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
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
/** A guest that greets, and then never reports a command's end: it says nothing, or does not stop to print. */
if (mode === 'mute' || mode === 'flood')
  createServer((socket) => {
    let received = '';
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        received += bytes.toString('latin1');
        const digits = /\0BFSH1\n([0-9a-f]{16})/.exec(received)?.[1];
        if (!digits) return;
        received = '';
        const frame = (type, text) => Buffer.concat([Buffer.from([type, 0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)]);
        socket.write(frame(16, digits));
        const print = () => socket.write(frame(17, '\x1b]0;title\x07'.repeat(500)), () => setImmediate(print));
        if (mode === 'flood') print();
      });
  }).listen('shell-0.sock');
/** A guest that answers commands as replies.json says, one after the other: { output, errors, status }, or { cut: true } for its end. */
if (mode === 'reply')
  createServer((socket) => {
    let received = '';
    let [greeted, replied] = [false, false];
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        received += bytes.toString('latin1');
        const frame = (type, text) => Buffer.concat([Buffer.from([type, 0, 0, text.length >> 8, text.length & 255]), Buffer.from(text)]);
        const digits = /\0BFSH1\n([0-9a-f]{16})/.exec(received)?.[1];
        if (digits && !greeted) {
          greeted = true;
          received = '';
          return socket.write(frame(16, digits));
        }
        // What follows the command is its input.
        if (replied || !received.includes('\x01')) return;
        replied = true;
        const [reply, ...rest] = JSON.parse(readFileSync('replies.json', 'utf8'));
        if (!reply) return;
        writeFileSync('replies.json', JSON.stringify(rest));
        if (reply.cut) return socket.destroy();
        socket.write(Buffer.concat([frame(17, reply.output ?? ''), frame(18, reply.errors ?? ''), frame(19, `exit\0${reply.status}`)]));
      });
  }).listen('shell-0.sock');
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

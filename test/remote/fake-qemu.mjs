#!/usr/bin/env node
/**
 * Plays qemu on a host of machines: its version, the machine protocol, the console, the power button, and a guest that is what the text
 * `GUEST=...;` in its system disk says: `well`, `failed` (it says so of itself), `silent`, `login` (on the console alone), `dies`.
 */
import { appendFileSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { dirname, resolve } from 'node:path';

const args = process.argv.slice(2);
if (args.includes('--version')) {
  console.log('QEMU emulator version 8.2.2');
  process.exit(0);
}
if (args.includes('-bios')) process.exit(33);

/** The text of a disk, or of what it lies over. */
function guestOf(file) {
  const bytes = readFileSync(file);
  const found = /GUEST=([a-z]+);/.exec(bytes.toString('latin1'))?.[1];
  const [at, length] = [Number(bytes.readBigUInt64BE(8)), bytes.readUInt32BE(16)];
  if (found || length === 0) return found ?? 'silent';
  return guestOf(resolve(dirname(file), bytes.toString('utf8', at, at + length)));
}

const guest = guestOf('system.qcow2');
if (guest === 'dies') {
  process.stderr.write('qemu-system-x86_64: the guest panicked\n');
  process.exit(1);
}
const off = () => {
  appendFileSync('serial.log', 'powered off\n');
  process.exit(0);
};
const server = createServer((socket) => {
  socket.write('{"QMP": {}}\n');
  socket.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      const { execute } = JSON.parse(line);
      socket.write('{"return": {}}\n');
      if (execute === 'quit' || execute === 'system_powerdown') setTimeout(off, 20);
    }
  });
});
appendFileSync('serial.log', `begun with ${guest}\n`);
const reader = (file, onLine) => {
  if (!existsSync(file)) return;
  let rest = '';
  new Socket({ fd: openSync(file, 'r+') }).on('data', (bytes) => {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    lines.forEach(onLine);
  });
};
reader('console.in', (line) => appendFileSync('serial.log', `typed ${line}\n`));
reader('monitor.in', (line) => line === 'system_powerdown' && setTimeout(off, 50));
setTimeout(() => {
  if (guest === 'well') appendFileSync('health.log', 'waiting: starting: a.service\nwell\n');
  if (guest === 'failed') appendFileSync('health.log', 'failed: degraded: web.service \n');
  if (guest === 'login') appendFileSync('serial.log', '\nnixos login: ');
}, 300);
// As qemu, which takes the place of a socket that is left.
rmSync('qmp.sock', { force: true });
server.listen('qmp.sock');

/**
 * A link for ssh's ProxyCommand: `relay.mjs HOST PORT LOG [delay=MS] [rate=BYTES] [cut=BYTES]`. Delays both directions by MS milliseconds,
 * lets BYTES a second through each, ends after so many bytes from us, and appends to LOG how many went there and came back.
 */
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';

const [, , host, port, log, ...settings] = process.argv;
const setting = (name, otherwise) => Number(settings.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
const [delay, rate, cut] = [setting('delay', 0), setting('rate', Infinity), setting('cut', Infinity)];
const counts = { up: 0, down: 0 };

/** What is read is written `delay` later, and no faster than the rate; a slow link makes its writer wait. */
function pass(from, to, direction) {
  let free = performance.now();
  let last = Promise.resolve();
  from.on('data', (bytes) => {
    counts[direction] += bytes.length;
    if (direction === 'up' && counts.up > cut) return end();
    const now = performance.now();
    free = Math.max(now, free) + (bytes.length * 1000) / rate;
    const at = free + delay;
    if (free - now > 100) {
      from.pause();
      setTimeout(() => from.resume(), free - now - 50);
    }
    last = last.then(() => new Promise((done) => setTimeout(() => to.write(bytes, () => done()), Math.max(0, at - performance.now()))));
  });
  from.on('end', () => void last.then(() => to.end()));
  from.on('error', end);
}

let ended = false;
function end() {
  if (ended) return;
  ended = true;
  appendFileSync(log, `${counts.up} ${counts.down}\n`);
  process.exit(0);
}

const socket = connect(Number(port), host, () => {
  pass(process.stdin, socket, 'up');
  pass(socket, process.stdout, 'down');
});
socket.setNoDelay(true).on('error', end).on('close', end);
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, end);

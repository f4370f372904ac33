import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { SerialConsole } from '../../src/vm/console.ts';
import { GuestInput } from '../../src/vm/guest-input.ts';
import { logIn, type GuestShell } from '../../src/vm/guest-shell.ts';

interface FakeGuest {
  user: string;
  password: string | undefined;
  /** Text printed into the middle of the shell's output, as by a kernel; called per piece. */
  noise?: () => string;
}

/** A console that asks for a login as util-linux does, and then runs a shell of this machine on a terminal of its own. */
function fakeGuest(t: TestContext, guest: FakeGuest): SerialConsole {
  const shell = spawn('script', ['-q', '-c', '/bin/sh', '/dev/null'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, SHELL: '/bin/sh', HOME: '/tmp' },
  });
  t.after(() => shell.kill());
  let state = 'login' as 'login' | 'password' | 'shell';
  let typed = '';
  let user = '';
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      if (state === 'shell') return void shell.stdin.write(chunk, done);
      typed += chunk.toString('latin1');
      for (let end: number; (state as string) !== 'shell' && (end = typed.indexOf('\n')) >= 0; ) {
        const line = typed.slice(0, end);
        typed = typed.slice(end + 1);
        answer(line);
      }
      done();
    },
  });
  const print = (text: string) => socket.push(Buffer.from(text, 'latin1'));
  const answer = (line: string) => {
    if (state === 'login') {
      user = line;
      print(`${line}\r\n`);
      if (guest.password === undefined && user === guest.user) return enter();
      state = 'password';
      print('Password: ');
    } else if (user === guest.user && line === guest.password) {
      enter();
    } else {
      state = 'login';
      print('\r\n\r\nLogin incorrect\r\nnixos login: ');
    }
  };
  const enter = () => {
    state = 'shell';
    print('\r\nLast login: Mon Nov 23 on ttyS0\r\n\x1b[?2004h\x1b[1;32m[tarn@nixos:~]$\x1b[0m ');
  };
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      const noise = guest.noise?.() ?? '';
      const middle = noise === '' ? 0 : Math.floor(chunk.length / 2);
      socket.push(Buffer.concat([chunk.subarray(0, middle), Buffer.from(noise), chunk.subarray(middle)]));
    });
  }
  setImmediate(() => print('SeaBIOS\r\n[    0.0] Linux version 6.12\r\n\r\nnixos login: '));
  return new SerialConsole(socket);
}

const skip = spawnSync('script', ['--version']).status === 0 ? false : 'script is not on this machine';
const login = (serial: SerialConsole, password = ''): Promise<GuestShell> => logIn(serial, { user: 'tarn', password, bootTimeout: 10_000 });

test('logs in, runs a command, and returns its exact output and status', { skip }, async (t) => {
  const shell = await login(fakeGuest(t, { user: 'tarn', password: '' }));
  const result = await shell.run("printf 'a\\r\\n\\000\\377'; echo \"it's\" >&2; exit 7");
  assert.deepEqual([result.status, result.output.toString('latin1'), result.errorOutput.toString()], [7, 'a\r\n\0\xff', "it's\n"]);
  assert.equal((await shell.run(`echo '${'x'.repeat(9000)}' | wc -c`)).output.toString().trim(), '9001');
  assert.equal((await shell.run('cat; echo $0')).output.toString(), '/bin/sh\n');
  assert.equal((await shell.run('seq 1 30000')).output.toString(), `${Array.from({ length: 30000 }, (_, i) => i + 1).join('\n')}\n`);
  const pieces: string[] = [];
  await shell.run('for i in 1 2 3; do echo $i; sleep 0.5; done', { onOutput: (bytes) => pieces.push(Buffer.from(bytes).toString()) });
  assert.equal(pieces.join(''), '1\n2\n3\n');
  assert.ok(pieces.length > 1, 'it comes while the command runs');
});

test('passes input to the command as it arrives, byte for byte, with its end', { skip }, async (t) => {
  const shell = await login(fakeGuest(t, { user: 'tarn', password: '' }));
  async function* inTime(bytes: Uint8Array[]) {
    for (const piece of bytes) {
      yield piece;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const pieces = (...bytes: Uint8Array[]) => new GuestInput(inTime(bytes));
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  assert.deepEqual(
    (await shell.run('cat', { input: pieces(all, Buffer.alloc(0), Buffer.from('end')) })).output,
    Buffer.concat([all, Buffer.from('end')]),
  );
  assert.equal((await shell.run('cat; echo $?', { input: pieces() })).output.toString(), '0\n');
  const large = Buffer.alloc(200_000, 'Größe\n');
  assert.equal(
    (await shell.run('sha256sum', { input: pieces(large) })).output.toString(),
    `${createHash('sha256').update(large).digest('hex')}  -\n`,
  );
  // A command that reads line by line gets it line by line.
  const seen: string[] = [];
  const { output } = await shell.run('while read -r line; do echo "got $line"; done', {
    input: pieces(Buffer.from('a\n'), Buffer.from('b\n')),
    onOutput: (bytes) => seen.push(Buffer.from(bytes).toString()),
  });
  assert.equal(output.toString(), 'got a\ngot b\n');
});

test('a command that does not read its input still ends', { skip }, async (t) => {
  const shell = await login(fakeGuest(t, { user: 'tarn', password: '' }));
  async function* endless() {
    for (;;) yield Buffer.alloc(50_000, 'x');
  }
  assert.deepEqual(
    [
      (await shell.run('sleep 1; exit 3', { input: new GuestInput(endless()) })).status,
      (await shell.run('head -c 3; exit 4', { input: new GuestInput(endless()) })).output.toString(),
    ],
    [3, 'xxx'],
  );
  const silent: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  assert.equal((await shell.run('echo done', { input: new GuestInput(silent) })).output.toString(), 'done\n');
});

test('tolerates kernel messages in the middle of the output', { skip }, async (t) => {
  let pieces = 0;
  const noise = () => (++pieces % 9 === 0 ? '[   12.345678] random: crng init done\r\n' : '');
  const shell = await login(fakeGuest(t, { user: 'tarn', password: undefined, noise }));
  for (let i = 0; i < 3; i++) {
    const { status, output } = await shell.run(`seq 1 ${4000 + i}; exit ${i}`);
    assert.equal(status, i);
    assert.equal(output.toString(), `${Array.from({ length: 4000 + i }, (_, n) => n + 1).join('\n')}\n`);
  }
  assert.ok(pieces > 15, `${pieces} pieces, of which one in nine had a message`);
});

test('reports a wrong password', { skip }, async (t) => {
  await assert.rejects(login(fakeGuest(t, { user: 'tarn', password: 'secret' })), {
    code: 'vm/login-failed',
    message: /refused the user 'tarn' with an empty password/,
  });
  await login(fakeGuest(t, { user: 'tarn', password: 'secret' }), 'secret');
});

test('timeouts show the console output', { skip }, async (t) => {
  const serial = fakeGuest(t, { user: 'tarn', password: '' });
  await assert.rejects(serial.waitFor(/never/, { purpose: 'a miracle', timeout: 100 }), {
    code: 'vm/timeout',
    message: /a miracle did not appear within.*\n.*\| SeaBIOS/,
  });
  const shell = await login(fakeGuest(t, { user: 'tarn', password: '' }));
  await assert.rejects(shell.run('sleep 60', { timeout: 500 }), { code: 'vm/timeout', message: /the command 'sleep 60' did not end/ });
  serial.end('the machine was powered off');
  await assert.rejects(serial.waitFor(/never/, { purpose: 'more', timeout: 100 }), {
    code: 'vm/ended',
    message: /powered off while waiting for more/,
  });
});

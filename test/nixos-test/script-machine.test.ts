/** The methods of a machine in TypeScript, with one whose commands run on this host. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ScriptedNode, Transfer } from '../../src/nixos-test/command-machine.ts';
import type { CommandRequest } from '../../src/nixos-test/requests.ts';
import { ScriptMachine } from '../../src/nixos-test/script-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-script-'));
after(() => rmSync(folder, { recursive: true }));

class FakeNode implements ScriptedNode {
  readonly name = 'machine';
  isRunning = false;
  readonly calls: string[] = [];

  async start(allowReboot: boolean): Promise<number> {
    this.calls.push(`start ${allowReboot}`);
    this.isRunning = true;
    return 1;
  }
  async connect(): Promise<void> {}
  expectReset(): void {
    this.calls.push('expect-reset');
  }
  execute({ words, input, output }: CommandRequest): Promise<{ status: number; output: Buffer }> {
    const [program, ...args] = words as [string, ...string[]];
    const files = [input === undefined ? 'ignore' : openSync(input, 'r'), output === undefined ? 'pipe' : openSync(output, 'w')] as const;
    const child = spawn(program, args, { stdio: [...files, 'ignore'] });
    for (const file of files) if (typeof file === 'number') closeSync(file);
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (bytes: Buffer) => void pieces.push(bytes));
    return new Promise((done) => child.on('close', (status) => done({ status: status ?? 255, output: Buffer.concat(pieces) })));
  }
  async untilEnd(): Promise<void> {
    this.isRunning = false;
  }
  async crash(): Promise<void> {
    this.isRunning = false;
  }
  async monitor(command: string): Promise<string> {
    this.calls.push(command);
    return '';
  }
  async screenshot(): Promise<void> {}
  async screenText(onlyOne: boolean): Promise<string[]> {
    return onlyOne ? ['Welcome'] : ['Welcome', 'login:'];
  }
  async setLink(up: boolean): Promise<void> {
    this.calls.push(`link ${up}`);
  }
  sendConsole(text: string): void {
    this.calls.push(`console ${text}`);
  }
}

const noTransfer: Transfer = {
  pack: () => Promise.reject(new Error('no transfer')),
  newArchive: () => join(folder, 'archive'),
  unpack: () => Promise.reject(new Error('no transfer')),
};

function machineOver(node = new FakeNode(), signal = new AbortController().signal): ScriptMachine {
  return new ScriptMachine(node, noTransfer, () => {}, signal);
}

test('the first command starts the machine; status, output, set -euo pipefail and timeout are as NixOS has them', async () => {
  const node = new FakeNode();
  const machine = machineOver(node);
  assert.deepEqual(await machine.execute('pwd; exit 3'), { status: 3, output: '/tmp\n' });
  assert.deepEqual(node.calls, ['start false']);
  assert.equal(await machine.succeed("printf '%s' one"), 'one');
  await machine.fail('false | true');
  await machine.fail('echo $unset_variable');
  assert.equal((await machine.execute('sleep 60', { timeout: 1 })).status, 124);
  await assert.rejects(machine.succeed('echo out; exit 3'), {
    code: 'test/failed',
    message: /^machine: command `echo out; exit 3' failed \(exit code 3\)\nout/,
  });
  await assert.rejects(machine.fail('echo out'), { code: 'test/failed', message: /unexpectedly succeeded\nout/ });
});

test('waits try every second, once more after the time, and end when the test is aborted', async () => {
  const machine = machineOver();
  const file = join(folder, 'appears');
  setTimeout(() => writeFileSync(file, ''), 500);
  await machine.waitForFile(file);
  await assert.rejects(machine.waitUntilFails('true', { timeout: 1 }), {
    code: 'test/failed',
    message: /failure of `true' timed out after 1 s/,
  });
  const end = new AbortController();
  const waiting = machineOver(new FakeNode(), end.signal).waitUntilSucceeds('false');
  end.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});

test('ports of the machine', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const { port } = server.address() as AddressInfo;
  const machine = machineOver();
  await machine.waitForOpenPort(port, { address: '127.0.0.1' });
  await assert.rejects(machine.waitForClosedPort(port, { address: '127.0.0.1', timeout: 0 }), { code: 'test/failed' });
  await new Promise((closed) => server.close(closed));
  await machine.waitForClosedPort(port, { address: '127.0.0.1' });
});

test('keys have the names of qemu', async () => {
  const node = new FakeNode();
  await machineOver(node).sendChars('aB1!_\n"');
  const keys = node.calls.map((call) => call.replace('sendkey ', ''));
  assert.deepEqual(keys, ['a', 'shift-b', '1', 'shift-1', 'shift-minus', 'ret', 'shift-apostrophe']);
});

test('a wait for text of the console goes on after what earlier ones have read', async () => {
  const node = new FakeNode();
  const machine = machineOver(node);
  await machine.start({ allowReboot: true });
  for (const line of ['one', 'two', 'three']) machine.consoleLine(line);
  await machine.waitForConsoleText(/one\ntwo/);
  setTimeout(() => machine.consoleLine('one'), 50);
  await machine.waitForConsoleText(/one/, { timeout: 5 });
  assert.equal(machine.getConsoleLog(), 'one\ntwo\nthree\none');
  await machine.crash();
  await assert.rejects(machine.waitForConsoleText(/four/), { code: 'test/failed', message: /it ended before/ });
});

test('the cable, the console and a reboot', async () => {
  const node = new FakeNode();
  const machine = machineOver(node);
  await machine.start();
  await machine.block();
  await machine.unblock();
  machine.sendConsole('root\n');
  await machine.reboot();
  await machine.forwardPort(8080, 80);
  assert.deepEqual(node.calls.slice(1), [
    'link false',
    'link true',
    'console root\n',
    'expect-reset',
    'sendkey ctrl-alt-delete',
    'hostfwd_add tcp::8080-:80',
  ]);
});

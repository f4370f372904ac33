/** The driver in Python, with machines that execute commands on this host. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { DriverProcess } from '../../src/nixos-test/driver-process.ts';
import {
  requestHandler,
  type CommandRequest,
  type ScriptFailure,
  type SubtestResult,
  type TestMachine,
} from '../../src/nixos-test/requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-driver-'));
after(() => rmSync(folder, { recursive: true }));

/** A machine that is this host. */
class FakeMachine implements TestMachine {
  readonly calls: string[] = [];
  onEnd = (): void => {};

  async start(allowReboot: boolean): Promise<number> {
    this.calls.push(`start ${allowReboot}`);
    return 4711;
  }
  async connect(): Promise<void> {
    this.calls.push('connect');
  }
  expectReset(): void {
    this.calls.push('expect-reset');
  }
  execute({ words, input, output, wait }: CommandRequest): Promise<{ status: number; output: Buffer }> {
    const [program, ...args] = words as [string, ...string[]];
    const into = output === undefined ? 'pipe' : openSync(output, 'w');
    const child = spawn(program, args, { stdio: [input === undefined ? 'ignore' : openSync(input, 'r'), into, 'ignore'] });
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (bytes: Buffer) => void pieces.push(bytes));
    if (!wait) return Promise.resolve({ status: -2, output: Buffer.alloc(0) });
    return new Promise((done) => child.on('close', (status) => done({ status: status ?? 255, output: Buffer.concat(pieces) })));
  }
  async untilEnd(): Promise<void> {
    this.onEnd();
  }
  async crash(): Promise<void> {
    this.calls.push('crash');
    this.onEnd();
  }
  async monitor(command: string): Promise<string> {
    this.calls.push(command);
    return `did ${command}`;
  }
  async screenshot(file: string): Promise<void> {
    writeFileSync(file, 'picture');
  }
  async screenText(onlyOne: boolean): Promise<string[]> {
    this.calls.push(`text ${onlyOne}`);
    return onlyOne ? ['Welcome'] : ['Welcome', 'login:'];
  }
  async setLink(up: boolean): Promise<void> {
    this.calls.push(`link ${up}`);
  }
  sendConsole(text: string): void {
    this.calls.push(`console ${text}`);
  }
}

interface Ran {
  lines: string[];
  failure: ScriptFailure | undefined;
  finished: boolean;
  subtests: SubtestResult[];
  out: string;
  machines: Map<string, FakeMachine>;
}

async function run(script: string, names = ['machine'], console: string[] = []): Promise<Ran> {
  const place = mkdtempSync(join(folder, 'run-'));
  const out = join(place, 'out');
  mkdirSync(out);
  const machines = new Map(names.map((name) => [name, new FakeMachine()]));
  const ran: Ran = { lines: [], failure: undefined, finished: false, subtests: [], out, machines };
  const settings = join(place, 'settings.json');
  const store = join(place, 'store');
  mkdirSync(store);
  writeFileSync(join(store, 'file'), 'of the store');
  writeFileSync(settings, JSON.stringify({ outDir: out, stateDir: place, store, script, machines: names, interactive: false }));
  const handler = requestHandler(
    machines,
    {
      print: (text) => void ran.lines.push(text),
      serialOutput: (on) => void ran.lines.push(`serial ${on}`),
      subtest: (result) => void ran.subtests.push(result),
      finished: () => void (ran.finished = true),
      failed: (failure) => void (ran.failure = failure),
    },
    place,
  );
  const driver = new DriverProcess({
    python: { command: ['python3'], environment: {} },
    driver: resolve('distro/nixos/lib/testing/driver'),
    settings,
    environment: {},
    interactive: false,
    onRequest: async (request) => {
      const result = await handler(request);
      const { op, machine } = request as { op: string; machine: string };
      if (op === 'start') for (const text of console) driver.tell('console', { machine, text });
      return result;
    },
  });
  for (const [name, machine] of machines) machine.onEnd = () => driver.tell('ended', { machine: name });
  const end = await driver.ended;
  assert.equal(driver.errorOutput(), '');
  assert.equal(end.status, ran.finished ? 0 : 1, JSON.stringify(ran));
  return ran;
}

test('commands run as NixOS runs them: status, output, set -euo pipefail, timeout', async () => {
  const { failure, lines } = await run(`
assert machine.succeed("echo one", "printf two") == "one\\ntwo"
t.assertEqual(machine.execute("exit 3"), (3, ""))
t.assertEqual(machine.execute("false; echo not reached"), (1, ""))
t.assertEqual(machine.execute("false | true")[0], 1)
t.assertEqual(machine.execute("echo $undefined_variable")[0], 1)
t.assertEqual(machine.execute("sleep 20", timeout=1)[0], 124)
t.assertEqual(machine.execute("echo gone", check_return=False), (-1, "gone\\n"))
t.assertEqual(machine.execute("echo gone", check_output=False), (-2, ""))
t.assertEqual(machine.execute("(sleep 0.5; echo late) &"), (0, "late\\n"))
t.assertEqual(machine.execute("printf '\\\\377'")[1], "\\ufffd")
machine.fail("exit 1")
machine.wait_until_succeeds("true")
machine.wait_until_fails("false", timeout=5)
machine.wait_for_file("/")
print("printed")
os.system("echo by a program")
`);
  assert.equal(failure, undefined, JSON.stringify(failure));
  assert.match(lines.join('\n'), /^machine: must succeed: echo one$/m);
  assert.match(lines.join('\n'), /^machine: \(finished: must succeed: echo one, in \d+\.\d\d seconds\)$/m);
  for (const line of ['printed', 'by a program', 'run the VM test script', 'machine: QEMU running (pid 4711)'])
    assert.ok(lines.includes(line), line);
});

const failures: [script: string, error: string][] = [
  ['machine.succeed("exit 3")', 'RequestedAssertionFailed: command `exit 3` failed (exit code 3)'],
  ['machine.fail("true")', 'RequestedAssertionFailed: command `true` unexpectedly succeeded'],
  [
    'machine.wait_for_file("/nowhere", timeout=1)',
    'RequestedAssertionFailed: action timed out after \\d+\\.\\d\\d seconds \\(timeout=1\\)',
  ],
  ['assert 1 == 2, "numbers"', 'AssertionError: numbers'],
  ['t.assertIn("a", "b")', "RequestedAssertionFailed: 'a' not found in 'b'"],
  ['machine.send_monitor_command()', 'TypeError: .*'],
  ['machine.shared_dir', 'MachineError: machines share no folder with the host: .*'],
  ['create_machine({})', 'MachineError: create_machine is not supported: .*'],
  ['import nothing_of_this_name', "ModuleNotFoundError: No module named 'nothing_of_this_name'"],
  ['x = (', 'SyntaxError: .*'],
  ['exit(3)', 'the script called exit\\(3\\)'],
];

test('a failure has its text, the lines of the script that led to it, and the machine', async () => {
  const { failure } = await run('def check():\n    machine.succeed("exit 3")\n\ncheck()\n', ['machine', 'other']);
  assert.deepEqual(failure?.traceback, [
    'Traceback (most recent call last):',
    '  File "testScript", line 4, in <module>',
    '    check()',
    '  File "testScript", line 2, in check',
    '    machine.succeed("exit 3")',
    'RequestedAssertionFailed: command `exit 3` failed (exit code 3)',
  ]);
  assert.equal(failure.machine, 'machine');
});

test('the texts of failures', async () => {
  const ran = await Promise.all(failures.map(([script]) => run(script)));
  for (const [i, { failure, finished }] of ran.entries()) {
    const [script, error] = failures[i]!;
    assert.equal(finished, false, script);
    const pattern = error.includes('\\') || error.endsWith('.*') ? error : error.replace(/[()'.`]/g, '\\$&');
    assert.match(failure?.error ?? '', new RegExp(pattern), script);
  }
});

test('subtests are reported, those that fail too', async () => {
  const { subtests, failure, lines } = await run(`
with subtest("first"):
    pass
with subtest("second"):
    raise Exception("no")
`);
  assert.deepEqual(
    subtests.map(({ name, error }) => [name, error]),
    [
      ['first', undefined],
      ['second', 'Exception: no'],
    ],
  );
  assert.match(failure?.error ?? '', /Exception: no/);
  assert.ok(lines.includes('!!! Test "second" failed with error: "no"'));
});

test('files and folders are copied in both directions, of the store too', async () => {
  const { failure, out } = await run(`
import pathlib
source = out_dir / "folder"
source.mkdir()
(source / "file").write_bytes(bytes(range(256)))
(source / "file").chmod(0o755)
place = out_dir / "guest"
machine.copy_from_host(str(source), f"{place}/copy")
machine.succeed(f"test -x {place}/copy/file")
machine.copy_from_host(str(source / "file"), f"{place}/copy/second")
machine.copy_from_host(str(source / "file"), f"{place}/copy")
machine.copy_from_host("/nix/store/file", f"{place}/of-store")
machine.copy_from_machine(f"{place}/copy", "back/here")
machine.screenshot("screen")
with t.assertRaises(FileNotFoundError):
    machine.copy_from_host("/nowhere/at/all", "/tmp/x")
machine.copy_from_machine("/nowhere/at/all")
`);
  assert.match(failure?.error ?? '', /copying \/nowhere\/at\/all from the machine failed \(exit code 2\)/);
  const bytes = readFileSync(join(out, 'folder/file'));
  for (const path of ['guest/copy/second', 'back/here/copy/file', 'back/here/copy/second'])
    assert.deepEqual(readFileSync(join(out, path)), bytes, path);
  assert.equal(readFileSync(join(out, 'guest/of-store'), 'utf8'), 'of the store');
  assert.equal(readFileSync(join(out, 'screen.png'), 'utf8'), 'picture');
});

test('ports, the console, keys, power and several machines', async () => {
  const { failure, machines } = await run(
    `
import socket
start_all()
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    web_1.wait_for_open_port(port)
web_1.wait_for_closed_port(port, "127.0.0.1")
web_1.wait_for_console_text("l[io]ne one")
web_1.wait_for_console_text("two$", timeout=5)
with t.assertRaises(Exception):
    web_1.wait_for_console_text("one", timeout=1)
assert web_1.get_console_log() == "line one\\nline two\\nline three"
web_1.send_chars("aB/?\\n")
web_1.send_key("ctrl-alt-f2")
web_1.block()
web_1.unblock()
web_1.forward_port(8080, 80)
web_1.send_console("text")
assert not db.is_up()
db.crash()
assert not db.booted
db.start(allow_reboot=True)
db.reboot()
db.succeed("true")
web_1.shutdown()
`,
    ['db', 'web-1'],
    ['line one', 'line two', 'line three'],
  );
  assert.equal(failure, undefined, JSON.stringify(failure));
  assert.deepEqual(
    machines.get('web-1')!.calls.filter((call) => !/^(?:start|connect)/.test(call)),
    [
      'sendkey a',
      'sendkey shift-b',
      'sendkey slash',
      'sendkey shift-slash',
      'sendkey ret',
      'sendkey ctrl-alt-f2',
      'link false',
      'link true',
      'hostfwd_add tcp::8080-:80',
      'console text',
    ],
  );
  assert.deepEqual(machines.get('db')!.calls, ['start false', 'crash', 'start true', 'expect-reset', 'sendkey ctrl-alt-delete', 'connect']);
});

test('a polling condition is checked while a machine is used', async () => {
  const { failure } = await run(`
@polling_condition(seconds_interval=0, description="the file is there")
def there():
    machine.succeed(f"test -e {out_dir}/file")

machine.succeed(f"touch {out_dir}/file")
with there:
    machine.succeed(f"rm {out_dir}/file")
    machine.succeed("true")
`);
  assert.match(failure?.error ?? '', /Polling condition failed: the file is there/);
});

test('text on the screen is what bootflake recognises', async () => {
  const { failure, lines, machines } = await run(`
t.assertEqual(machine.get_screen_text(), "Welcome")
machine.wait_for_text("log.n:")
try:
    machine.wait_for_text("nothing", timeout=0)
except Exception as error:
    print(f"as expected: {error}")
`);
  assert.equal(failure, undefined);
  assert.ok(
    lines.some((line) => /as expected: action timed out/.test(line)),
    lines.join('\n'),
  );
  assert.ok(
    lines.some((line) => /Last OCR attempt failed. Text was: \['Welcome', 'login:'\]/.test(line)),
    lines.join('\n'),
  );
  assert.deepEqual(machines.get('machine')!.calls.slice(0, 2), ['text true', 'text false']);
});

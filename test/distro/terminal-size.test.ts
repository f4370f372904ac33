/** A shell on a serial line asks the terminal for its size at each prompt, and keeps typed input. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const code = readFileSync(fileURLToPath(new URL('../../distro/nixos/modules/config/terminal-size.bash', import.meta.url)), 'utf8');
const skip = ['bash', 'script'].every((program) => spawnSync(program, ['--version']).status === 0)
  ? false
  : 'bash or script is not on this machine';

const question = '\x1b[18t';

/** A bash on a terminal that stands for a serial line; `size` is the terminal's reply, if any. */
function shell(t: TestContext, prompt: string) {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-size-'));
  const rc = join(folder, 'rc');
  writeFileSync(rc, `PS1=${prompt}\n${code.replace('/dev/ttyS[0-9]', '/dev/pts/*')}`);
  const child = spawn('script', ['-q', '-c', `bash --noprofile --rcfile ${rc} -i`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, TERM: 'vt220', HOME: folder, HISTFILE: '/dev/null' },
  });
  // The shell outlives `script` for a moment to write its history.
  t.after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const terminal = { size: undefined as string | undefined, output: '', asked: 0, type: (text: string) => child.stdin.write(text) };
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    terminal.output += text;
    const asked = terminal.output.split(question).length - 1;
    for (; terminal.asked < asked; terminal.asked += 1) if (terminal.size) child.stdin.write(`\x1b[8;${terminal.size}t`);
  });
  /** Waits for a match and returns the output up to its end. */
  const until = async (pattern: RegExp): Promise<string> => {
    const deadline = performance.now() + 60_000;
    for (; performance.now() < deadline; await new Promise((done) => setTimeout(done, 20))) {
      const found = pattern.exec(terminal.output);
      if (!found) continue;
      const before = terminal.output.slice(0, found.index + found[0].length);
      terminal.output = terminal.output.slice(before.length);
      terminal.asked = 0;
      return before;
    }
    throw new Error(`no ${pattern} in ${JSON.stringify(terminal.output)}`);
  };
  return { terminal, until };
}

const ours = "'\\n\\[\\e[1;32m\\][me]>\\[\\e[0m\\] '";
/** The end of the prompt. After a reply the prompt is drawn a second time. */
const drawnAgain = /\[me\]>\x1b\[0m [^\n]*\[me\]>\x1b\[0m /;

test("the size follows the terminal's reply at each prompt", { skip }, async (t) => {
  const { terminal, until } = shell(t, ours);
  terminal.size = '50;132';
  await until(drawnAgain);
  terminal.size = '24;80';
  terminal.type('stty size; echo "<$COLUMNS>"\n');
  assert.match(await until(/<\d+>/), /50 132\r\n<132>$/);
  await until(drawnAgain);
  terminal.type('stty size; echo "<$LINES>"\n');
  assert.match(await until(/<\d+>/), /24 80\r\n<24>$/);
});

test('ignores replies that are not sizes', { skip }, async (t) => {
  const { terminal, until } = shell(t, ours);
  terminal.size = '50;132';
  await until(drawnAgain);
  for (const size of ['0;80', '50;99999', '$(id);1', '7']) {
    terminal.size = size;
    terminal.type('true\n');
    await until(drawnAgain);
  }
  terminal.type('stty size\n');
  await until(/50 132/);
});

test('does not wait for a terminal that does not reply, and keeps typed input', { skip }, async (t) => {
  const { terminal, until } = shell(t, ours);
  await until(/\[me\]>/);
  terminal.type('echo "<zero>"; sleep 1; echo "<one>"\n');
  await until(/[\r\n]<zero>/);
  terminal.size = '50;132';
  terminal.type('echo "<two>"\necho "<thr');
  await until(/[\r\n]<two>/);
  terminal.type('ee>"\n');
  await until(/[\r\n]<three>/);
});

test('leaves a one-line prompt unchanged', { skip }, async (t) => {
  const { terminal, until } = shell(t, "'plain$ '");
  terminal.size = '50;132';
  await until(/plain\$ /);
  terminal.type('echo "<$COLUMNS>"\n');
  assert.ok(!(await until(/<\d*>/)).includes(question));
});

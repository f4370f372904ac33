/** A bare machine of qemu: firmware, a disk controller, a serial line. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findQemu } from '../../src/vm/find-qemu.ts';
import { findUefi } from '../../src/vm/firmware.ts';
import type { Workplace } from './bootflake.ts';
import { factScript, factsOf } from './guest-facts.ts';
import { Terminal } from './terminal.ts';

export type Firmware = 'bios' | 'uefi' | 'secure-boot';

interface Hardware {
  firmware: Firmware;
  /** qemu's kind of machine. Defaults to q35, which has SATA; pc has IDE. */
  machine?: 'pc' | 'q35';
  /** MiB. */
  memory?: number;
}

/** Starts a machine of the hardware that qemu has by these arguments. It ends with the test. */
export async function startMachine(
  t: TestContext,
  place: Workplace,
  { firmware, machine = 'q35', memory = 2048 }: Hardware,
  args: readonly string[],
): Promise<Terminal> {
  const helperTree = async (): Promise<string> => {
    const built = await place.bootflake(['build', 'debian/trixie#toolTrees.x86_64-linux.qemu', '--print-out-paths', '--no-link']);
    assert.equal(built.status, 0, built.stderr);
    return built.stdout.trim();
  };
  const qemu = await findQemu({ path: process.env.PATH, env: process.env, helperTree });
  const common = ['-m', `${memory}`, '-smp', '2', '-cpu', 'max', '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'];
  if (firmware !== 'bios') {
    const found = findUefi(qemu.firmwareFolders, firmware);
    assert.ok(found, 'no OVMF');
    const variables = join(place.folder, 'variables.fd');
    copyFileSync(found.variables, variables);
    for (const [unit, file] of [found.code, variables].entries())
      common.push('-drive', `if=pflash,format=raw,unit=${unit},file=${file},${unit === 0 ? 'readonly=on' : 'snapshot=on'}`);
  }
  const kind = ['-machine', firmware === 'secure-boot' ? `${machine},smm=on` : machine];
  const secure = firmware === 'secure-boot' ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : [];
  const environment = { ...process.env, ...qemu.environment };
  const terminal = new Terminal([...qemu.command, ...kind, ...secure, ...common, ...args], {
    cwd: place.folder,
    environment,
    encoding: 'latin1',
  });
  t.after(async () => {
    terminal.kill();
    await terminal.ended;
  });
  return terminal;
}

async function sees(terminal: Terminal, pattern: RegExp, seconds: number): Promise<string> {
  const match = await terminal.waitFor(pattern, { seconds, hopeless: /Kernel panic - not syncing|emergency mode/ });
  assert.ok(match, `no ${pattern} after:\n${terminal.rest().slice(-3000)}`);
  return match.input.slice(0, match.index + match[0].length);
}

/** Logs in as root, who has no password, at the serial line. */
export async function logIn(terminal: Terminal, seconds = 240): Promise<void> {
  await sees(terminal, /login: /, seconds);
  terminal.type('root\n');
  await sees(terminal, /# $/, 60);
}

/** Types commands at a shell's prompt; what each prints, its lines joined. */
export async function ask(terminal: Terminal, commands: readonly string[], seconds = 60): Promise<(string | undefined)[]> {
  terminal.type(`${factScript(commands).replaceAll('\n', '; ')}; echo "@"end\n`);
  return factsOf(await sees(terminal, /^@end/m, seconds));
}

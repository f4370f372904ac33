/** A machine whose console is the user's terminal. */
import { startProgram, type ProgramEnd } from '../io/child-process.ts';
import { saveTerminal } from '../io/terminal-state.ts';
import type { Qemu } from './find-qemu.ts';
import { qemuFailure } from './machine.ts';
import { machineArguments, type MachineDescription } from './qemu-arguments.ts';
import { QmpClient } from './qmp.ts';

export type InteractiveEnd = 'powered-off' | 'accelerator-failed';

/** Runs until the guest powers off or the user ends it (ctrl-a x). Fails with `vm/qemu-failed`, or as `signal` does. */
export async function runOnTerminal(qemu: Qemu, description: Omit<MachineDescription, 'console' | 'control'>, signal?: AbortSignal): Promise<InteractiveEnd> {
  signal?.throwIfAborted();
  const restoreTerminal = saveTerminal();
  const args = machineArguments({ ...description, console: 'terminal', control: { socket: 3 } });
  const program = startProgram([...qemu.command, ...args], { terminal: 'inherit', sockets: 1, environment: qemu.environment });
  const control = new QmpClient(program.sockets[0]!);
  let acceleratorFailed = false;
  control.onEvent(({ event }) => {
    if (event !== 'STOP') return;
    void control.command('query-status').then((answer) => {
      // A guest that an accelerator cannot go on with would stand still for ever.
      if ((answer as { status?: string }).status !== 'internal-error') return;
      acceleratorFailed = true;
      program.kill('SIGTERM');
    }, () => {});
  });
  const onAbort = () => program.kill('SIGTERM');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const end: ProgramEnd = await program.ended;
    signal?.throwIfAborted();
    if (acceleratorFailed) return 'accelerator-failed';
    if (end.status !== 0) throw qemuFailure(end, program);
    return 'powered-off';
  } finally {
    signal?.removeEventListener('abort', onAbort);
    restoreTerminal();
  }
}

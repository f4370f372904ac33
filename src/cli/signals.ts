import type { BootflakeError } from '../base/errors.ts';
import { endGitChildren } from '../system/end-children.ts';
import { errorOutput, standardOutput } from './output.ts';

export interface Interrupt {
  /** Aborted by a signal, or when an output can no longer be written. */
  readonly signal: AbortSignal;
  readonly aborted: Promise<void>;
  /** The exit status, once `signal` is aborted. */
  readonly status: number;
  /** The message about it, if any. */
  readonly error: BootflakeError | undefined;
  dispose(): void;
}

let receiver: ((signal: NodeJS.Signals) => void) | undefined;

/** Gives the signals of this process to `receive` in place of what they do here. Returns what ends that. */
export function passSignals(receive: (signal: NodeJS.Signals) => void): () => void {
  const onQuit = (): void => receive('SIGQUIT');
  process.on('SIGQUIT', onQuit);
  receiver = receive;
  return () => {
    process.off('SIGQUIT', onQuit);
    receiver = undefined;
  };
}

/** Milliseconds after which an aborted process is ended by force. */
const patience = 5000;

/**
 * The first ctrl-c (or TERM, HUP) aborts the work cleanly: locks are released, temporary files removed. A second one ends the process at
 * once; the store stays consistent, since nothing counts before its rename. A closed output pipe aborts the work as SIGPIPE would.
 */
export function installSignals(): Interrupt {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let status = 130;
  let error: BootflakeError | undefined;
  const aborted = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true }));
  const exit = () => {
    // The exit waits for the threads, and they wait for git.
    endGitChildren();
    process.exit(status);
  };
  const abort = () => {
    controller.abort();
    endGitChildren();
    setTimeout(exit, patience).unref();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (receiver) return receiver(signal);
    if (controller.signal.aborted) exit();
    abort();
  };
  for (const name of names) process.on(name, onSignal);
  for (const output of [standardOutput, errorOutput]) {
    output.whenBroken((fault) => {
      if (controller.signal.aborted) return;
      ({ status, error } = fault);
      abort();
    });
  }
  return {
    signal: controller.signal,
    aborted,
    get status() {
      return status;
    },
    get error() {
      return error;
    },
    dispose: () => {
      for (const name of names) process.removeListener(name, onSignal);
    },
  };
}

/**
 * Calls from a worker to the main thread that the worker waits for: what needs the network is asynchronous, the evaluator is not. The
 * worker sleeps on a shared word; the answer comes through a message port that is read without an event loop.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { deserializeError, serializeError, type SerializedError } from '../base/errors.ts';

/** What the worker is given at its start. */
export interface CallLine {
  port: MessagePort;
  signal: Int32Array;
}

type Answer = { value: unknown } | { error: SerializedError };

/** Worker side: asks and sleeps until the answer is there. Errors of the main thread are thrown here. */
export function callMainThread<Result>({ port, signal }: CallLine, method: string, argument: unknown): Result {
  Atomics.store(signal, 0, 0);
  port.postMessage({ method, argument });
  let received: { message: Answer } | undefined;
  do {
    // The notification of the call before may come so late that it wakes this one.
    Atomics.wait(signal, 0, 0);
    received = receiveMessageOnPort(port) as { message: Answer } | undefined;
  } while (!received);
  if ('error' in received.message) throw deserializeError(received.message.error);
  return received.message.value as Result;
}

/** Main side: the line to hand to the worker; `answer` is asked for each call. */
export function openCallLine(answer: (method: string, argument: unknown) => Promise<unknown>): { line: CallLine; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const reply = (message: Answer): void => {
    port1.postMessage(message);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  port1.on('message', ({ method, argument }: { method: string; argument: unknown }) => {
    answer(method, argument).then((value) => reply({ value }), (error: unknown) => reply({ error: serializeError(error) }));
  });
  // An idle line must not keep the process alive.
  port1.unref();
  return { line: { port: port2, signal }, close: () => port1.close() };
}

/**
 * Calls from a worker to the main thread that the worker waits for: what needs the network is asynchronous, the evaluator is not. The
 * worker sleeps on a shared word; the answer comes through a message port that is read without an event loop.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { SharedWord, WORD_BYTES } from './shared-word.ts';
import { deserializeError, serializeError, type SerializedError } from '../base/errors.ts';

/** What the worker is given at its start. */
export interface CallLine {
  port: MessagePort;
  signal: SharedArrayBuffer;
}

type Answer = { value: unknown } | { error: SerializedError };

/** Worker side: asks and sleeps until the answer is there. Errors of the main thread are thrown here. */
export function callMainThread<Result>({ port, signal }: CallLine, method: string, argument: unknown): Result {
  const answered = new SharedWord(signal);
  answered.set(0);
  port.postMessage({ method, argument });
  answered.waitWhile(0);
  const { message } = receiveMessageOnPort(port) as { message: Answer };
  if ('error' in message) throw deserializeError(message.error);
  return message.value as Result;
}

/** Main side: the line to hand to the worker; `answer` is asked for each call. */
export function openCallLine(answer: (method: string, argument: unknown) => Promise<unknown>): { line: CallLine; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const signal = new SharedArrayBuffer(WORD_BYTES);
  const answered = new SharedWord(signal);
  const reply = (message: Answer): void => {
    port1.postMessage(message);
    answered.set(1);
  };
  port1.on('message', ({ method, argument }: { method: string; argument: unknown }) => {
    answer(method, argument).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: serializeError(error) }),
    );
  });
  // An idle line must not keep the process alive.
  port1.unref();
  return { line: { port: port2, signal }, close: () => port1.close() };
}

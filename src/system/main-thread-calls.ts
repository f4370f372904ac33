/**
 * Blocking calls from a worker to the main thread: the network is asynchronous, the evaluator is not. The worker sleeps on a shared word;
 * the result comes through a message port that is read without an event loop.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { SharedWord, WORD_BYTES } from './shared-word.ts';
import { deserializeError, serializeError, type SerializedError } from '../base/errors.ts';

/** The worker's end, passed to it at its start. */
export interface CallLine {
  port: MessagePort;
  signal: SharedArrayBuffer;
}

type Reply = { value: unknown } | { error: SerializedError };

/** Worker side: sends the call and sleeps until the result arrives. Throws the errors of the main thread. */
export function callMainThread<Result>({ port, signal }: CallLine, method: string, argument: unknown): Result {
  const replied = new SharedWord(signal);
  replied.set(0);
  port.postMessage({ method, argument });
  replied.waitWhile(0);
  const { message } = receiveMessageOnPort(port) as { message: Reply };
  if ('error' in message) throw deserializeError(message.error);
  return message.value as Result;
}

/** Main side: returns the line to pass to the worker; `serve` handles each call. */
export function openCallLine(serve: (method: string, argument: unknown) => Promise<unknown>): { line: CallLine; close(): void } {
  const { port1, port2 } = new MessageChannel();
  const signal = new SharedArrayBuffer(WORD_BYTES);
  const replied = new SharedWord(signal);
  const reply = (message: Reply): void => {
    port1.postMessage(message);
    replied.set(1);
  };
  port1.on('message', ({ method, argument }: { method: string; argument: unknown }) => {
    serve(method, argument).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: serializeError(error) }),
    );
  });
  // An idle line must not keep the process alive.
  port1.unref();
  return { line: { port: port2, signal }, close: () => port1.close() };
}

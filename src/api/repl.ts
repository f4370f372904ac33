/** The main thread's side of a repl: lines go to the evaluator's worker, whose evaluation can be interrupted at any time. */
import { BootflakeError } from '../base/errors.ts';
import type { FlakeSession, ReplCompletion, ReplReply, ReplRequest, ReplStart } from '../session/session-types.ts';
import { openSession, openStore, type PipelineContext } from './pipeline.ts';

export type { ReplCompletion, ReplReply, ReplStart };

export interface ReplLine {
  text: string;
  /** No more lines will follow. */
  final: boolean;
  colour: boolean;
  /** Of the terminal, in columns. */
  width: number;
}

export class Repl {
  private session: FlakeSession | undefined;
  /** The requests that defined variables, to repeat them in a new worker. */
  private past: ReplRequest[] = [];
  private call = new AbortController();
  private interrupts = 0;

  constructor(private readonly context: PipelineContext) {}

  async start(start: ReplStart): Promise<void> {
    const request: ReplRequest = { type: 'start', ...start };
    await this.ask((session) => session.repl(request));
    this.past.push(request);
  }

  /** Throws the error of the evaluation; `repl/interrupted` when it was interrupted. */
  async line(line: ReplLine): Promise<ReplReply> {
    const request: ReplRequest = { type: 'line', ...line };
    const reply = await this.ask((session) => session.repl(request));
    if (reply.changed) this.past.push(request);
    return reply;
  }

  async complete(text: string): Promise<ReplCompletion> {
    return this.ask((session) => session.replComplete(text));
  }

  /**
   * Interrupts the current evaluation. When called again while it continues (inside one long step of a builtin), ends the worker; the
   * variables are then defined again from the typed lines.
   */
  interrupt(): void {
    this.interrupts += 1;
    this.session?.interrupt();
    this.call.abort();
    if (this.interrupts >= 2) this.abandon();
  }

  private abandon(): void {
    void this.session?.close();
    this.session = undefined;
  }

  async close(): Promise<void> {
    await this.session?.close();
  }

  private async ask<T>(question: (session: FlakeSession) => Promise<T>): Promise<T> {
    this.interrupts = 0;
    this.call = new AbortController();
    try {
      return await question(await this.open());
    } catch (error) {
      // Something other than an error of the program may have ended the worker; the variables are defined again in another one.
      if (!(error instanceof BootflakeError)) this.abandon();
      if (this.interrupts > 0) throw new BootflakeError({ code: 'repl/interrupted', message: 'interrupted by the user' });
      throw error;
    }
  }

  private async open(): Promise<FlakeSession> {
    if (this.session) return this.session;
    const store = await openStore(this.context);
    const session = await openSession(this.context, store, () => AbortSignal.any([this.context.signal, this.call.signal]));
    this.session = session;
    for (const request of this.past) {
      // A request that fails now failed before, or its files are gone: the rest still counts.
      const lost = (error: Error): void =>
        this.context.onWarning(`${request.type === 'line' ? `'${request.text}'` : 'what was loaded'} is lost: ${error.message}`);
      await session.repl(request).catch(lost);
    }
    return session;
  }
}

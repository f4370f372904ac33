/** The main thread's side of a repl: lines go to the evaluator's worker; what it evaluates can be interrupted, whatever it is doing. */
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
  /** What defined variables, to define them again in a new worker. */
  private past: ReplRequest[] = [];
  private call = new AbortController();
  private interrupts = 0;

  constructor(private readonly context: PipelineContext) {}

  async start(start: ReplStart): Promise<void> {
    const request: ReplRequest = { type: 'start', ...start };
    await this.ask((session) => session.repl(request));
    this.past.push(request);
  }

  /** Fails as the evaluation does; with `repl/interrupted` when it was interrupted. */
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
   * Ends the evaluation at hand. Asked again while it goes on (inside of one long step of a builtin), ends the worker; the variables are then
   * defined anew, from what was typed.
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
      // What is no error of the program's may have ended the worker; the variables are defined anew in another.
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
      // What fails now failed before, or its files have gone: the rest still counts.
      const lost = (error: Error): void =>
        this.context.onWarning(`${request.type === 'line' ? `'${request.text}'` : 'what was loaded'} is lost: ${error.message}`);
      await session.repl(request).catch(lost);
    }
    return session;
  }
}

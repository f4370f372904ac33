import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Outcome, Side } from './outcome.ts';

/** How long one expression may take, in ms. */
const patience = 20_000;
/** Threads are replaced after this many expressions, because the evaluator keeps the positions of code as long as its thread lives. */
const filesPerThread = 4000;

/** Our evaluator, in a thread of its own that is replaced when it does not respond. */
export class OurEvaluator implements Side {
  private worker: Worker | undefined;
  private asked = 0;

  constructor(private readonly folder: string) {}

  async evaluate(files: readonly string[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    while (outcomes.length < files.length) {
      const rest = files.slice(outcomes.length);
      const replies = await this.ask(rest);
      outcomes.push(...replies);
      if (replies.length === rest.length) break;
      // On a busy machine it may just have been slow, so it runs once more, alone.
      const [again] = await this.ask(rest.slice(replies.length, replies.length + 1));
      outcomes.push(again ?? { kind: 'lost', text: 'no reply' });
    }
    return outcomes;
  }

  close(): void {
    void this.worker?.terminate();
    this.worker = undefined;
  }

  private ask(files: readonly string[]): Promise<Outcome[]> {
    if (this.asked > filesPerThread) this.close();
    if (!this.worker) {
      this.asked = 0;
      this.worker = startThread();
    }
    this.asked += files.length;
    const { worker } = this;
    return new Promise((resolve) => {
      const outcomes: Outcome[] = [];
      const finish = (): void => {
        clearTimeout(timer);
        worker.off('message', take).off('error', fail);
        if (outcomes.length < files.length) this.close();
        resolve(outcomes);
      };
      let timer = setTimeout(finish, patience);
      const take = (outcome: Outcome): void => {
        outcomes.push(outcome);
        clearTimeout(timer);
        if (outcomes.length === files.length) finish();
        else timer = setTimeout(finish, patience);
      };
      const fail = (error: Error): void => {
        console.error('our evaluator died:', error);
        finish();
      };
      worker.on('message', take).on('error', fail);
      worker.postMessage(files.map((file) => join(this.folder, file)));
    });
  }
}

function startThread(): Worker {
  const source = `
    (await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})).register();
    await import(${JSON.stringify(new URL('./ours-worker.ts', import.meta.url).href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { resourceLimits: { stackSizeMb: 256 } });
}

/** The evaluator's thread: serves the requests of a flake session one by one. Its stack is large, as Nix recurses deeply. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { checkOutputs } from '../outputs/check.ts';
import { FlakeEngine, type EngineServices } from '../session/engine.ts';
import { debianTree } from '../outputs/debian-packages.ts';
import { evaluateInstallable, imageVariants } from '../outputs/evaluate.ts';
import { evaluateDerivations, evaluateExpression } from '../outputs/evaluate-expression.ts';
import { metadataJson, metadataText } from '../outputs/metadata.ts';
import { allowFlags } from '../session/evaluator-heap.ts';
import type { EvaluatorThreadData } from '../session/evaluator-thread.ts';
import { readableError } from '../session/readable-errors.ts';
import { printFlakeRef } from '../flake/ref.ts';
import { runRegistry } from '../flake/registry/commands.ts';
import { shownJson, shownText, showTree } from '../outputs/show.ts';
import type { FromWorker, MainThreadCall, ToWorker, WorkerStart } from '../session/worker-protocol.ts';
import { interruptCheckpoint } from '../repl/interrupted.ts';
import { ReplSession } from '../repl/session.ts';
import { ownTask } from '../system/end-children.ts';
import { joinChannel, type BlockingChannel } from '../system/blocking-channel.ts';

const port = parentPort;
if (!port) throw new Error('eval-worker.ts runs as a worker');
/** The argument of `begin`. */
let { options, interrupt, details } = {} as WorkerStart;
let mainThread: BlockingChannel<never, MainThreadCall>;
const send = (message: FromWorker): void => port.postMessage(message);

const services: EngineServices = {
  callMain: (method, argument) => mainThread.call({ method, argument }),
  warn: (message) => send({ type: 'warning', message }),
  evaluationWarning: (message) => send({ type: 'evaluation warning', message }),
  trace: (message) => send({ type: 'trace', message }),
  note: (message) => send({ type: 'note', message }),
};
/** Details only when requested: they cost time. */
const detailed = (): EngineServices => (details ? { ...services, detail: (message) => send({ type: 'detail', message }) } : services);

/** A file named on the command line is evaluated impurely, as in Nix; so there may be two. */
const engines = new Map<boolean, FlakeEngine>();
function engine(pure = !options.flake.impure): FlakeEngine {
  let found = engines.get(pure);
  if (!found) {
    found = new FlakeEngine(options, { ...detailed(), hashAhead: true }, pure);
    engines.set(pure, found);
  }
  return found;
}

/** A repl has its own engine: being interruptible costs time. Files change while it lives, so nothing is computed ahead in it. */
const otherEngines: FlakeEngine[] = [];
let repl: ReplSession | undefined;
function replSession(): ReplSession {
  if (!repl) {
    const replEngine = new FlakeEngine(options, { ...detailed(), checkpoint: interruptCheckpoint(interrupt) });
    otherEngines.push(replEngine);
    repl = new ReplSession(replEngine, (message) => send({ type: 'note', message }));
  }
  return repl;
}

function serve(request: ToWorker): unknown {
  switch (request.method) {
    case 'evaluateInstallable':
      return evaluateInstallable(engine(), request.argument.text, request.argument.purpose);
    case 'imageVariants':
      return imageVariants(engine(), request.argument);
    case 'evaluateDebianTree':
      return engine().certainly(() => debianTree(engine(), request.argument));
    case 'evaluateDerivations':
      return evaluateDerivations(engine(request.argument.file === undefined && !options.flake.impure), request.argument);
    case 'evaluateExpression':
      return evaluateExpression(engine(request.argument.file === undefined && !options.flake.impure), request.argument);
    case 'lock':
      return void engine().lock(request.argument);
    case 'metadata': {
      const opened = engine().openFlake(engine().parseRef(request.argument.flake), { nixConfig: false });
      return request.argument.json ? metadataJson(opened) : metadataText(opened);
    }
    case 'show': {
      const { flake, legacy, json } = request.argument;
      return engine().certainly(() => {
        const opened = engine().openFlake(engine().parseRef(flake), { nixConfig: false });
        const tree = showTree(engine().outputsOf(opened), { system: options.system, legacy });
        return json ? JSON.stringify(shownJson(tree)) : shownText(tree, printFlakeRef(opened.flake.locked));
      });
    }
    case 'registry':
      return runRegistry(engine().loader, request.argument, options.baseDir);
    case 'close':
      return [...engines.values(), ...otherEngines].forEach(({ store }) => {
        store.flush();
        store.close();
      });
    case 'repl':
      return replSession().respond(request.argument);
    case 'replComplete':
      return replSession().complete(request.argument);
    case 'check':
      return engine().certainly(() => {
        const opened = engine().openFlake(engine().parseRef(request.argument));
        return checkOutputs(engine().outputsOf(opened), {
          system: options.system,
          flakeName: printFlakeRef(opened.flake.resolved),
          warn: engine().warn,
        });
      });
  }
}

let beforeAnswer = (): void => {};

/** Runs `task` when the first result is known, before it is sent: afterwards the thread may be ended at any time. */
export function beforeFirstResult(task: () => void): void {
  beforeAnswer = () => {
    beforeAnswer = () => {};
    task();
  };
}

function hear(request: ToWorker): void {
  try {
    const value = serve(request);
    for (const used of engines.values()) used.saveCaches();
    beforeAnswer();
    send({ type: 'result', id: request.id, value });
  } catch (error) {
    for (const used of engines.values()) used.dropForeseen();
    const opened = [...engines.values(), ...otherEngines];
    const trees = opened.flatMap(({ loader }) => [...loader.trees.values()]);
    const readable = readableError(error, { trees, baseDir: options.baseDir, store: opened[0]?.store });
    send({ type: 'error', id: request.id, error: serializeError(readable) });
  }
}

/** Serves requests from now on. */
export function begin(start: WorkerStart): void {
  ({ options, interrupt, details } = start);
  mainThread = joinChannel(start.calls);
  if ((workerData as EvaluatorThreadData).ownsProcess) allowFlags();
  // Who ends a process of its own knows all of its children.
  else send({ type: 'begun', task: ownTask() });
  port!.on('message', hear);
}

// In the bundle, eval-start.ts receives the first message.
if (import.meta.url.endsWith('.ts')) port.once('message', begin);

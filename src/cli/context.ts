import type { FlakeOptions, PipelineContext } from '../api/pipeline.ts';
import type { Terminal } from './terminal.ts';

/** Makes the pipeline's context from a command: the options about flakes, and where its messages go. */
export function pipelineContext(
  { log, note, detail, signal, host, warn, error, confirm }: Terminal,
  flake: FlakeOptions,
  build: { maxJobs?: number | undefined } = {},
): PipelineContext {
  let tools: Promise<NonNullable<PipelineContext['findTool']>> | undefined;
  const context: PipelineContext = {
    findTool: async (name) =>
      (await (tools ??= import('../api/helper-programs.ts').then(({ helperPrograms }) => helperPrograms(context))))(name),
    cwd: process.cwd(),
    flake,
    signal,
    host,
    onProgress: (event) => log.onProgress(event),
    onPlan: (plan) => log.planned(plan),
    onBuild: (event) => log.onBuild(event),
    onFetch: (event) => log.onFetch(event),
    onFailure: (failure) => error(failure),
    onLog: (name, line, drvPath) => log.buildLine(name, line, drvPath),
    onNote: note,
    ...(detail && { onDetail: detail }),
    onWarning: warn,
    confirm,
    maxJobs: build.maxJobs,
  };
  return context;
}

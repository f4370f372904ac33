import type { FlakeOptions, PipelineContext } from '../pipeline.ts';
import type { Terminal } from './terminal.ts';

/** What the pipeline is given by a command: the options about flakes, and the terminal's ear for news. */
export function pipelineContext(terminal: Terminal, flake: FlakeOptions, build: { printBuildLogs?: boolean; maxJobs?: number | undefined } = {}): PipelineContext {
  // Builders and workers choose their mirror from the environment; the option is the stronger word.
  if (flake.mirror) process.env.BOOTFLAKE_MIRROR = flake.mirror;
  if (flake.securityMirror) process.env.BOOTFLAKE_SECURITY_MIRROR = flake.securityMirror;
  return {
    cwd: process.cwd(),
    flake,
    signal: terminal.signal,
    onProgress: terminal.progress.onEvent,
    expect: (steps, bytes) => terminal.progress.expect(steps, bytes),
    onLog: build.printBuildLogs ? (name, line) => terminal.note(`${name}> ${line}`) : () => {},
    onNote: terminal.note,
    onWarning: terminal.warn,
    maxJobs: build.maxJobs,
  };
}

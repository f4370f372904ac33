/** The public API, on which the command line is built. */
export {
  build,
  evaluateExpression,
  evaluateInstallables,
  flakeMetadata,
  flakeShow,
  linkResults,
  lockFlake,
  openStore,
  planBuild,
  verifyStore,
} from './pipeline.ts';
export type { Built, BuildPlan, PipelineContext } from './pipeline.ts';
export { defaultFlakeOptions, type FlakeOptions as FlakeSettings } from '../settings/options.ts';
export type { EvalRequest } from '../session/session-types.ts';
export { BootflakeError, type Position, type TraceStep } from '../base/errors.ts';
export { version } from '../base/version.ts';

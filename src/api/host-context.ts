import type { PipelineContext } from './pipeline.ts';

/** Where machines are: on this host, unless there is another one. */
export type HostContext = Pick<PipelineContext, 'env' | 'host'>;

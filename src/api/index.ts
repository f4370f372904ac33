/**
 * Flakes, evaluated, built and booted from within a program: see {@link open}.
 *
 * @packageDocumentation
 */
export { open, type Bootflake, type FlakeFunctions } from './open.ts';
export type * from './types.ts';
export { BootflakeError, type BootflakeErrorInit, type Position, type TraceStep } from '../base/errors.ts';
export { version } from '../base/version.ts';

/** Checks what a program passes to the API, as programs in JavaScript have no types that do. */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { nearest } from '../evaluator/index.ts';
import { firmwareKinds } from '../vm/firmware.ts';
import type {
  BuildOptions,
  CommonOptions,
  DeployOptions,
  EvaluateExpression,
  EvaluateFile,
  EvaluateInstallable,
  FlakeOptions,
  LockOptions,
  OpenOptions,
  RunOptions,
  ShowOptions,
} from './types.ts';

const text = v.string('a string');
const nonEmpty = v.pipe(text, v.minLength(1, 'a string that is not empty'));
const flag = v.optional(v.boolean('true or false'));
const positive = v.pipe(v.number('a number'), v.integer('a whole number'), v.minValue(1, 'a number of at least 1'));
const texts = v.array(text, 'an array of strings');
const record = v.record(v.string(), text, 'an object of strings');
const callback = <T extends (...args: never[]) => void>() => v.optional(v.custom<T>((value) => typeof value === 'function', 'a function'));
const signal = v.custom<AbortSignal>(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'throwIfAborted' in value,
  'an AbortSignal',
);

/** A schema of options that has every option of their type, and no other. */
const options =
  <T>() =>
  <Entries extends Record<keyof Required<T>, v.GenericSchema> & Record<Exclude<keyof Entries, keyof T>, never>>(entries: Entries) =>
    v.strictObject(entries);

const common = {
  signal: v.optional(signal),
  onProgress: callback<NonNullable<CommonOptions['onProgress']>>(),
  settings: v.optional(record),
  impure: flag,
  offline: flag,
  refresh: flag,
  overrideInputs: v.optional(record),
};
const flake = { ...common, flake: v.optional(nonEmpty) };

const installable = nonEmpty;
const apply = v.optional(text);

/** The arguments of each function, by its name in messages. */
export const schemas = {
  open: options<OpenOptions>()({
    ...common,
    cwd: v.optional(nonEmpty),
    env: v.optional(v.record(v.string(), v.optional(text), 'an object of strings')),
    mirror: v.optional(nonEmpty),
    securityMirror: v.optional(nonEmpty),
  }),
  build: options<BuildOptions>()({ ...common, outLink: v.optional(nonEmpty), rebuild: flag, maxJobs: v.optional(positive) }),
  plan: options<CommonOptions>()(common),
  evaluate: options<CommonOptions>()(common),
  expression: options<EvaluateExpression>()({ expr: text, attribute: v.optional(text), apply }),
  file: options<EvaluateFile>()({ file: nonEmpty, attribute: v.optional(text), apply }),
  installable: options<EvaluateInstallable>()({ installable, apply }),
  run: options<RunOptions>()({
    ...common,
    target: v.optional(nonEmpty),
    exec: nonEmpty,
    input: v.optional(
      v.custom<NonNullable<RunOptions['input']>>(
        (value) =>
          typeof value === 'string' ||
          value instanceof Uint8Array ||
          (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
        'a string, bytes, or an async iterable of bytes',
      ),
    ),
    onOutput: callback<NonNullable<RunOptions['onOutput']>>(),
    onErrorOutput: callback<NonNullable<RunOptions['onErrorOutput']>>(),
    user: v.optional(nonEmpty),
    password: v.optional(text),
    timeoutSeconds: v.optional(
      v.pipe(
        v.number('a number'),
        v.check((seconds) => seconds > 0, 'a number above 0'),
      ),
    ),
    memory: v.optional(nonEmpty),
    processors: v.optional(v.pipe(positive, v.maxValue(255, 'a number of at most 255'))),
    disk: v.optional(nonEmpty),
    diskSize: v.optional(nonEmpty),
    forwards: v.optional(texts),
    firmware: v.optional(v.picklist(firmwareKinds, "'bios', 'uefi' or 'secure-boot'")),
    accelerator: v.optional(v.picklist(['auto', 'kvm', 'hvf', 'tcg'], "'auto', 'kvm', 'hvf' or 'tcg'")),
    qemuArguments: v.optional(texts),
  }),
  deploy: options<DeployOptions>()({
    ...common,
    targets: v.optional(v.array(nonEmpty, 'an array of strings')),
    host: v.optional(nonEmpty),
    name: v.optional(nonEmpty),
    all: flag,
    on: v.optional(texts),
    canary: v.optional(positive),
    batch: v.optional(positive),
    dryRun: flag,
    check: v.optional(text),
    url: v.optional(nonEmpty),
    timeoutSeconds: v.optional(positive),
    discardChanges: flag,
    autostart: flag,
    secrets: v.optional(record),
  }),
  'flake.lock': options<LockOptions>()({
    ...flake,
    update: v.optional(v.union([v.boolean(), texts], 'true, false or an array of inputs')),
  }),
  'flake.metadata': options<FlakeOptions>()(flake),
  'flake.show': options<ShowOptions>()({ ...flake, legacy: flag }),
  'flake.check': options<FlakeOptions>()(flake),
};

const installables = v.union([installable, v.array(installable)]);

/** Throws `api/bad-argument`, which names the function, the option, the value and what is expected. */
export function checkOptions(name: keyof typeof schemas, options: unknown): void {
  check(name === 'expression' || name === 'file' || name === 'installable' ? 'evaluate' : name, schemas[name], options);
}

/** Throws `api/bad-argument` unless `value` is an installable or several. */
export function checkInstallables(name: 'build' | 'plan', value: unknown): void {
  if (v.safeParse(installables, value).success) return;
  throw badArgument(name, `the installable must be a string that is not empty, or an array of these, not ${shown(value)}`);
}

/** Throws `api/bad-argument` unless `request` says in exactly one way what to evaluate. */
export function checkEvaluateRequest(request: unknown): void {
  const given = typeof request === 'object' && request !== null ? request : {};
  const kinds = (['expr', 'file', 'installable'] as const).filter(
    (kind) => kind in given && (given as Record<string, unknown>)[kind] !== undefined,
  );
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw badArgument(
      'evaluate',
      `exactly one of expr, file and installable must be given, not ${kinds.length === 0 ? shown(request) : kinds.join(' and ')}`,
    );
  checkOptions(kind === 'expr' ? 'expression' : kind, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}

function check(name: string, schema: v.GenericSchema<unknown, unknown>, value: unknown): void {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => String(key)).join('.');
  if (path === '') throw badArgument(name, `the options must be an object, not ${shown(value)}`);
  const known = 'entries' in schema ? Object.keys(schema.entries as object) : [];
  const last = issue.path?.at(-1);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const [near] = nearest(path, known);
    const hint = near === undefined ? `Use one of: ${known.join(', ')}.` : `Did you mean '${near}'?`;
    throw badArgument(name, `there is no option '${path}'`, hint);
  }
  if (issue.type === 'strict_object') throw badArgument(name, `the option '${path}' is missing`);
  throw badArgument(name, `the option '${path}' must be ${issue.message}, not ${shown(last && 'value' in last ? last.value : undefined)}`);
}

const MOST_SHOWN = 60;

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}...` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value)
    ? 'an array'
    : `an object${value.constructor && value.constructor !== Object ? ` (${value.constructor.name})` : ''}`;
}

function badArgument(name: string, what: string, hint?: string): BootflakeError {
  return new BootflakeError({ code: 'api/bad-argument', message: `${name}(): ${what}`, ...(hint !== undefined && { hint }) });
}

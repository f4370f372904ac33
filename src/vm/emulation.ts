/** Determines whether this qemu emulates several processors reliably in separate threads. */
import { outputOfProgram } from '../system/child-process.ts';
import type { Qemu } from './find-qemu.ts';
import type { Accelerator } from './qemu-arguments.ts';

/** Milliseconds that `qemu --version` may take. */
const patience = 5000;

/** The first version that locks a page of code before it translates it. */
const fixed = [8, 2] as const;

/**
 * Before 8.2, a processor may continue to run the translation of an instruction that another processor has just replaced. Linux patches its
 * own instructions while it boots (static keys, `text_poke`), using int3: on a busy host with two processors, one boot in fifteen ended in
 * "Oops: int3". With one thread for all processors, nothing is replaced while it is translated.
 */
export async function needsOneThread(qemu: Qemu, accelerator: Accelerator, processors: number): Promise<boolean> {
  if (accelerator !== 'tcg' || processors === 1) return false;
  return isRacy(await qemuVersion(qemu));
}

/** Of a version of qemu; one that is not known is. */
function isRacy(version: QemuVersion | undefined): boolean {
  return version === undefined || version[0] < fixed[0] || (version[0] === fixed[0] && version[1] < fixed[1]);
}

export type QemuVersion = [major: number, minor: number];
const versions = new WeakMap<Qemu, Promise<QemuVersion | undefined>>();

/** Returns undefined where qemu does not say it. Asks each qemu once. */
export function qemuVersion(qemu: Qemu): Promise<QemuVersion | undefined> {
  const known = versions.get(qemu);
  if (known) return known;
  const asked = outputOfProgram([...qemu.command, '--version'], patience, qemu.environment).then((output) =>
    parseQemuVersion(output ?? ''),
  );
  versions.set(qemu, asked);
  return asked;
}

/** Major and minor version in what `qemu --version` prints. */
export function parseQemuVersion(output: string): QemuVersion | undefined {
  const found = /^QEMU emulator version (\d+)\.(\d+)/.exec(output);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

/**
 * Returns how processors are emulated: one instead of the default number where several need one thread, which is slower than one processor;
 * as many as the user asked for, in one thread if need be.
 */
export async function chooseProcessors(
  qemu: Qemu,
  accelerator: Accelerator,
  wanted: { processors: number; isDefault: boolean },
): Promise<{ accelerator: Accelerator; processors: number; oneThread: boolean }> {
  return processorsOf(await needsOneThread(qemu, accelerator, wanted.processors), accelerator, wanted);
}

/** As `chooseProcessors`, for a qemu of this version. */
export function processorsOfVersion(
  version: QemuVersion | undefined,
  accelerator: Accelerator,
  wanted: { processors: number; isDefault: boolean },
): { accelerator: Accelerator; processors: number; oneThread: boolean } {
  return processorsOf(accelerator === 'tcg' && wanted.processors > 1 && isRacy(version), accelerator, wanted);
}

function processorsOf(
  oneThread: boolean,
  accelerator: Accelerator,
  wanted: { processors: number; isDefault: boolean },
): { accelerator: Accelerator; processors: number; oneThread: boolean } {
  if (oneThread && wanted.isDefault) return { accelerator, processors: 1, oneThread: false };
  return { accelerator, processors: wanted.processors, oneThread };
}

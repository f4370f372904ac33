/**
 * Which accelerator truly works. A /dev/kvm that opens and then hangs its guest for ever is common (nested virtualisation), so a throw-away
 * guest must run four instructions and say so before KVM is believed. What was found is kept for this boot of the host.
 */
import { BootflakeError } from '../base/errors.ts';
import { probeProgram } from '../io/child-process.ts';
import { readText, removeEntry, replaceText, writeBytes } from '../io/file-operations.ts';
import { hostPlatform, ownUserId } from '../io/host-platform.ts';
import { bootId } from '../io/process-identity.ts';
import type { Qemu } from './find-qemu.ts';
import type { Accelerator } from './qemu-arguments.ts';

export interface AcceleratorProbe {
  accelerator: Accelerator;
  works: boolean;
  /** In words, for a person. */
  finding: string;
}

const patience = 3000;
/** qemu's isa-debug-exit ends with (value << 1) | 1. */
const debugExitPort = 0x501;
const debugExitValue = 0x10;

/**
 * `auto` takes the fastest that works; a name is taken at its word only if it works. `folder` keeps what was found. Fails with
 * `vm/accelerator-unusable`, or `vm/bad-accelerator` for an unknown name.
 */
export async function chooseAccelerator(wanted: string, qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const native = nativeAccelerator();
  if (wanted === 'tcg') return { accelerator: 'tcg', works: true, finding: 'asked for' };
  if (wanted === 'auto') {
    if (native === undefined) return { accelerator: 'tcg', works: true, finding: 'this machine can only emulate x86-64' };
    const probe = await probeAccelerator(native, qemu, folder);
    return probe.works ? probe : { accelerator: 'tcg', works: true, finding: `${native} is of no use here: ${probe.finding}` };
  }
  if (wanted !== 'kvm' && wanted !== 'hvf') throw new BootflakeError({ code: 'vm/bad-accelerator', message: `there is no accelerator '${wanted}'`, hint: 'Use --accel auto, kvm, hvf or tcg.' });
  const probe = wanted === native ? await probeAccelerator(wanted, qemu, folder) : { accelerator: wanted, works: false, finding: 'this machine does not have it' } as AcceleratorProbe;
  if (probe.works) return probe;
  throw new BootflakeError({ code: 'vm/accelerator-unusable', message: `--accel ${wanted} cannot be used: ${probe.finding}`, hint: 'Use --accel tcg, which works everywhere, only slower.' });
}

/** What this host could have; undefined where an x86-64 guest can only be emulated. */
export function nativeAccelerator(): 'kvm' | 'hvf' | undefined {
  const { system, architecture } = hostPlatform();
  if (architecture !== 'x64') return undefined;
  return system === 'linux' ? 'kvm' : system === 'darwin' ? 'hvf' : undefined;
}

/** Starts the throw-away guest, unless the answer for this boot, qemu and user is known. */
export async function probeAccelerator(accelerator: 'kvm' | 'hvf', qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const cache = `${folder}/accelerator.json`;
  const key = `${bootId()} ${ownUserId()} ${accelerator} ${qemu.command[0]}`;
  const known = readKnown(cache, key);
  if (known) return known;
  const probe = await runProbe(accelerator, qemu, folder);
  replaceText(cache, `${JSON.stringify({ key, probe })}\n`);
  return probe;
}

function readKnown(cache: string, key: string): AcceleratorProbe | undefined {
  try {
    const known = JSON.parse(readText(cache, 'utf8') ?? '{}') as { key?: string; probe?: AcceleratorProbe };
    return known.key === key ? known.probe : undefined;
  } catch {
    return undefined;
  }
}

async function runProbe(accelerator: 'kvm' | 'hvf', qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const rom = `${folder}/probe-${bootId()}.rom`;
  writeBytes(rom, probeRom());
  try {
    const outcome = await probeProgram([
      ...qemu.command, '-accel', accelerator, '-cpu', 'host', '-machine', 'pc', '-m', '16M', '-nodefaults', '-display', 'none', '-no-reboot', '-bios', rom,
      '-device', `isa-debug-exit,iobase=0x${debugExitPort.toString(16)},iosize=0x02`,
    ], patience, qemu.environment);
    if (outcome === 'timeout') return { accelerator, works: false, finding: `a guest of four instructions did not end within ${patience / 1000} s (it opens, and hangs)` };
    if (outcome.status === (debugExitValue << 1 | 1)) return { accelerator, works: true, finding: 'a probing guest ran' };
    return { accelerator, works: false, finding: refusal(outcome.errors) ?? `the probing guest ended with status ${outcome.status ?? 'none'}` };
  } finally {
    removeEntry(rom);
  }
}

/** qemu's own reason, without its name before it. */
function refusal(errors: string): string | undefined {
  const line = errors.split('\n').find((text) => text.trim() !== '');
  return line?.replace(/^\S*qemu\S*: (-accel \w+: )?/, '').trim();
}

/** 64 KiB of ROM below 4 GiB: a processor starts 16 bytes before its end, and these bytes leave the machine through isa-debug-exit. */
function probeRom(): Uint8Array {
  const rom = new Uint8Array(1 << 16).fill(0xf4); // hlt
  rom.set([
    0xba, debugExitPort & 0xff, debugExitPort >> 8, // mov dx, port
    0xb0, debugExitValue, // mov al, value
    0xee, // out dx, al
    0xf4, 0xeb, 0xfd, // hlt; jmp to it
  ], rom.length - 16);
  return rom;
}

/**
 * Tests which accelerator works. A /dev/kvm that opens and then hangs its guest for ever is common (nested virtualisation), so a small test
 * guest (probe-guest.S) must reach 64-bit mode, take a page fault and a hundred timer interrupts, and report it, before KVM is used. The
 * result is cached for this boot of the host.
 */
import { BootflakeError } from '../base/errors.ts';
import { probeProgram } from '../system/child-process.ts';
import { fileExists, isReadableAndWritable, makePrivateFolder, writeBytes } from '../system/file-operations.ts';
import { hostPlatform, ownUserId } from '../system/host-platform.ts';
import { readCheckedJson, writeCheckedJson } from '../kept/json-cache.ts';
import { removeTree } from '../store/physical-tree.ts';
import { bootId } from '../system/process-identity.ts';
import type { Qemu } from './find-qemu.ts';
import { probeExitPort, probeExitValue, probeRom } from './probe-guest.ts';
import type { Accelerator } from './qemu-arguments.ts';

export interface AcceleratorProbe {
  accelerator: Accelerator;
  works: boolean;
  /** In words, for the user. */
  finding: string;
}

const KIND = { name: 'accelerator', schema: 1 };

/** Milliseconds. The guest needs 0.1 s, and qemu's start as much. */
const patience = 3000;

/**
 * `auto` selects the fastest that works; a named one must work. `folder` caches the results. Throws `vm/accelerator-unusable`, or
 * `vm/bad-accelerator` for an unknown name.
 */
export async function chooseAccelerator(choice: string, qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const wanted = parseAccelerator(choice);
  const native = nativeAccelerator();
  if (wanted === 'tcg') return { accelerator: 'tcg', works: true, finding: 'requested' };
  if (wanted === 'auto') {
    if (native === undefined) return { accelerator: 'tcg', works: true, finding: 'this machine can only emulate x86-64' };
    const probe = await probeAccelerator(native, qemu, folder);
    return probe.works ? probe : { accelerator: 'tcg', works: true, finding: `${native} does not work here: ${probe.finding}` };
  }
  const probe: AcceleratorProbe =
    wanted === native
      ? await probeAccelerator(wanted, qemu, folder)
      : { accelerator: wanted, works: false, finding: 'this machine does not have it' };
  if (probe.works) return probe;
  throw new BootflakeError({
    code: 'vm/accelerator-unusable',
    message: `--accel ${wanted} cannot be used: ${probe.finding}`,
    hint: 'Use --accel tcg, which is slower but works everywhere.',
  });
}

/** Throws `vm/bad-accelerator`. */
export function parseAccelerator(text: string): Accelerator | 'auto' {
  if (text === 'auto' || text === 'kvm' || text === 'hvf' || text === 'tcg') return text;
  throw new BootflakeError({
    code: 'vm/bad-accelerator',
    message: `there is no accelerator '${text}'`,
    hint: 'Use --accel auto, kvm, hvf or tcg.',
  });
}

/** The accelerator that this host may have; undefined when an x86-64 guest can only be emulated. */
export function nativeAccelerator(): 'kvm' | 'hvf' | undefined {
  const { system, architecture } = hostPlatform();
  if (architecture !== 'x64') return undefined;
  return system === 'linux' ? 'kvm' : system === 'darwin' ? 'hvf' : undefined;
}

/** Returns why KVM's device cannot be opened; undefined when it can. */
function accessFault(accelerator: 'kvm' | 'hvf'): string | undefined {
  if (accelerator !== 'kvm') return undefined;
  if (!fileExists('/dev/kvm')) return 'there is no /dev/kvm';
  return isReadableAndWritable('/dev/kvm') ? undefined : '/dev/kvm may not be opened by this user (who is in the group kvm may)';
}

/** Starts the test guest, unless the result for this boot, qemu and user is cached. */
export async function probeAccelerator(accelerator: 'kvm' | 'hvf', qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const refused = accessFault(accelerator);
  if (refused) return { accelerator, works: false, finding: refused };
  const cache = `${folder}/accelerator.kept`;
  const key = `${bootId()} ${ownUserId()} ${accelerator} ${qemu.command[0]}`;
  const known = readCheckedJson(cache, KIND, key) as AcceleratorProbe | undefined;
  if (known) return known;
  const probe = await runProbe(accelerator, qemu, folder);
  writeCheckedJson(cache, KIND, key, probe);
  return probe;
}

async function runProbe(accelerator: 'kvm' | 'hvf', qemu: Qemu, folder: string): Promise<AcceleratorProbe> {
  const scratch = makePrivateFolder(`${folder}/probe-`);
  const rom = `${scratch}/rom`;
  writeBytes(rom, probeRom());
  try {
    const outcome = await probeProgram(
      [
        ...qemu.command,
        '-accel',
        accelerator,
        '-cpu',
        'host',
        '-machine',
        'pc',
        '-m',
        '16M',
        '-nodefaults',
        '-display',
        'none',
        '-no-reboot',
        '-bios',
        rom,
        '-device',
        `isa-debug-exit,iobase=${probeExitPort},iosize=2`,
      ],
      patience,
      qemu.environment,
    );
    if (outcome === 'timeout')
      return { accelerator, works: false, finding: `it opens, but a small guest hung in it for ${patience / 1000} s` };
    // isa-debug-exit ends qemu with (value << 1) | 1.
    if (outcome.status === ((probeExitValue << 1) | 1)) return { accelerator, works: true, finding: 'a test guest ran' };
    return {
      accelerator,
      works: false,
      finding: refusal(outcome.errors) ?? `the test guest ended with status ${outcome.status ?? 'none'}`,
    };
  } finally {
    removeTree(scratch);
  }
}

/** qemu's own reason, without its name before it. */
function refusal(errors: string): string | undefined {
  const line = errors.split('\n').find((text) => text.trim() !== '');
  return line?.replace(/^\S*qemu\S*: (?:-accel \w+: )?(?:error: )?/, '').trim();
}

/** Determines the memory of a machine. */
import { availableMemory, installedMemory } from '../system/machine-facts.ts';
import { parseSize } from './size.ts';

const GiB = 2 ** 30;

/** The memory visible on a host with 16 GB: firmware and kernel reserve some of it. */
const largeHost = 15 * GiB;

/** Returns the value of qemu's -m for a host with so many bytes of memory. */
export function defaultMemory(installed = installedMemory()): string {
  return installed < largeHost ? '2G' : '4G';
}

/**
 * Returns the value of qemu's -m. A machine larger than the host's free memory would be killed: it gets less, which `note` reports. `host`:
 * bytes; defaults to this one's.
 */
export function memoryFor(
  wanted: string | undefined,
  note: (line: string) => void,
  host: { installed: number; available: number } = { installed: installedMemory(), available: availableMemory() },
): string {
  const memory = wanted ?? defaultMemory(host.installed);
  const free = host.available;
  const least = 512 * 2 ** 20;
  if (parseSize(memory, 'M') <= free || free < least) return memory;
  const given = `${Math.max(512, Math.floor((free * 0.8) / 2 ** 20))}M`;
  note(`this host has ${Math.floor(free / 2 ** 20)} MiB of free memory: the machine gets ${given}, not ${memory}`);
  return given;
}

/** Whether a network card of this qemu connects again when the program at the other end of its socket is started again. */
import { qemuVersion } from './emulation.ts';
import type { Qemu } from './find-qemu.ts';

/** The property of `-netdev stream` and its value, of a second; undefined before qemu 8.0. qemu 9.2 has another name for it. */
export async function streamReconnect(qemu: Qemu): Promise<'reconnect=1' | 'reconnect-ms=1000' | undefined> {
  const [major, minor] = (await qemuVersion(qemu)) ?? [0, 0];
  if (major < 8) return undefined;
  return major > 9 || (major === 9 && minor >= 2) ? 'reconnect-ms=1000' : 'reconnect=1';
}

/** Whom the program is on the host. */
import { readText } from '../system/file-operations.ts';
import { ownUserId } from '../system/host-platform.ts';

export interface HostIdentity {
  uid: number;
  gid: number;
}

/** The beginning of the range that Nix takes users of builds from: its setting `start-id`. */
const START_ID = 872_415_232;

/**
 * Returns the unprivileged user of the host that runs programs for root; undefined for an ordinary user, whose programs are the user's own,
 * and for the only user of a namespace.
 */
export function builderIdentity(): HostIdentity | undefined {
  if (ownUserId() !== 0) return undefined;
  const [uid, gid] = [unprivilegedId('uid_map'), unprivilegedId('gid_map')];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** user_namespaces(7): lines of `first inside, first outside, count`. */
function unprivilegedId(map: 'uid_map' | 'gid_map'): number | undefined {
  const ranges = (readText(`/proc/self/${map}`) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  if (ranges.some(([first, , count]) => START_ID >= first && START_ID < first + count)) return START_ID;
  // In a container: an id below the last one, which several things share.
  const highest = Math.max(...ranges.map(([first, , count]) => first + count - 1), 0);
  return highest < 100 ? undefined : highest === 65_535 ? 65_533 : highest;
}

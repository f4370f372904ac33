import { BootflakeError } from '../base/errors.ts';

export interface PortForward {
  /** Where the host listens. Defaults to the loopback interface. */
  address: string;
  host: number;
  guest: number;
  protocol: 'tcp' | 'udp';
}

/** Parses `HOST:GUEST` or `ADDRESS:HOST:GUEST`, optionally with `/udp`. Throws `vm/bad-forward`. */
export function parseForward(text: string): PortForward {
  const match = /^(?:(\d+\.\d+\.\d+\.\d+):)?(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
  const [host, guest] = [Number(match?.[2]), Number(match?.[3])];
  if (match && isPort(host) && isPort(guest))
    return { address: match[1] ?? '127.0.0.1', host, guest, protocol: match[4] === 'udp' ? 'udp' : 'tcp' };
  throw new BootflakeError({
    code: 'vm/bad-forward',
    message: `'${text}' is not a port forward`,
    hint: 'Use HOST:GUEST, such as 2222:22; 0.0.0.0:2222:22 listens on every address.',
  });
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

/**
 * The network of a fixed-output derivation: a namespace of its own, so that abstract sockets and loopback services of the host are out of
 * reach, and `pasta`, which passes packets on to the host's network.
 */
import { FORWARDED_RESOLVER } from './etc-files.ts';

/** Returns the command line, which the command in that network follows. `pasta`: the program. */
export function outsideNetwork(pasta: readonly string[]): string[] {
  return [
    ...pasta,
    '--config-net',
    '--quiet',
    // No port leads in, and neither the gateway's address nor a port leads to the host's loopback.
    '--no-map-gw',
    ...['--tcp-ports', 'none', '--udp-ports', 'none', '--tcp-ns', 'none', '--udp-ns', 'none'],
    ...['--dns-forward', FORWARDED_RESOLVER],
    '--',
  ];
}

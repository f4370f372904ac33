/**
 * Gives a guest an IPv6 address on a private network: the reply to a router solicitation (RFC 4861) names the network's prefix, in which
 * the guest chooses its address by its card (RFC 4862). The router that it comes from is none: its lifetime is 0, so that nothing goes over
 * it.
 */
import { createHash } from 'node:crypto';
import { addressBytes, macBytes } from './dhcp.ts';

/** Lengths in bytes. */
const [ethernet, ip] = [14, 40];
const [icmp, solicitation, advertisement] = [58, 133, 134];
const prefixOption = 3;
/** On this link; for addresses that the guest makes itself. */
const prefixFlags = 0xc0;

/** Of 64 bits, unique and local (RFC 4193): the same for networks of the same name, as machines are never on two of them. */
function prefixOf(network: string): Buffer {
  const id = createHash('sha256').update(`bootflake prefix ${network}`).digest().subarray(0, 5);
  return Buffer.from([0xfd, ...id, 0, 0]);
}

/** What systemd-networkd and the kernel of Linux make of prefix and card; other guests may hide their card's address. */
export function addressInPrefix(network: string, mac: string): string {
  return shortened(Buffer.concat([prefixOf(network), interfaceId(macBytes(mac))]));
}

/** RFC 4291, appendix A. */
function interfaceId(mac: Uint8Array): Buffer {
  const [a, b, c, d, e, f] = mac as unknown as [number, number, number, number, number, number];
  return Buffer.from([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
}

/** The reply to a frame of a guest that looks for a router; undefined for other frames. `card`: its own. */
export function routerAdvertisement(frame: Buffer, card: { name: string; mac: string; address: string }): Buffer | undefined {
  if (frame.length < ethernet + ip + 8 || frame.readUInt16BE(12) !== 0x86dd) return undefined;
  const packet = frame.subarray(ethernet);
  // Nothing comes between the header and a solicitation, which no router has passed on.
  if (packet[0]! >> 4 !== 6 || packet[6] !== icmp || packet[7] !== 255 || packet[ip] !== solicitation) return undefined;
  return advertisementFrame(card);
}

function advertisementFrame({ name, mac, address }: { name: string; mac: string; address: string }): Buffer {
  const message = Buffer.alloc(16 + 32);
  message[0] = advertisement;
  // No router (lifetime 0), and no opinion on hops, times and DHCP.
  message.set([prefixOption, 4, 64, prefixFlags], 16);
  message.fill(0xff, 20, 28);
  prefixOf(name).copy(message, 32);
  const server = Buffer.from([0x52, 0x55, ...addressBytes(address).subarray(0, 3), 1]);
  const header = Buffer.alloc(ip);
  header[0] = 0x60;
  header.writeUInt16BE(message.length, 4);
  header.set([icmp, 255], 6);
  linkLocal(server).copy(header, 8);
  allNodes.copy(header, 24);
  message.writeUInt16BE(checksum(header, message), 2);
  return Buffer.concat([macBytes(mac), server, Buffer.from([0x86, 0xdd]), header, message]);
}

const allNodes = Buffer.from([0xff, 2, ...new Uint8Array(13), 1]);

function linkLocal(mac: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0]), interfaceId(mac)]);
}

/** RFC 8200, section 8.1: over both addresses, the length, the protocol and the message. */
function checksum(header: Buffer, message: Buffer): number {
  let sum = message.length + icmp;
  for (const part of [header.subarray(8), message]) for (let at = 0; at < part.length; at += 2) sum += part.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** As RFC 5952 has it. */
function shortened(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

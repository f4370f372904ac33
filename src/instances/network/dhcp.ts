/**
 * Gives a guest the address of its card on a private network: the reply to a DHCP message (RFC 2131) in an Ethernet frame. There is one
 * client and one address, for ever; no gateway and no name server, so that the guest's other ways stay as they are.
 */

export interface DhcpLease {
  /** Of the client's card, as `52:54:00:12:34:56`. */
  mac: string;
  /** With 24 bits of network. */
  address: string;
}

const [discover, offer, request, ack, nak, inform] = [1, 2, 3, 5, 6, 8];
const options = { mask: 1, requested: 50, lease: 51, type: 53, server: 54, end: 255 } as const;
const cookie = 0x63825363;
/** Lengths in bytes; BOOTP's with its cookie. */
const [ethernet, ip, udp, bootp] = [14, 20, 8, 240];

/** Where DHCP's messages come from: no machine has this address. */
export function serverOf(address: string): string {
  return address.replace(/\d+$/, '1');
}

/** Whether it is a message of the lease's client for a DHCP server, and the reply, if it wants one. */
export function dhcpReply(frame: Buffer, lease: DhcpLease): { reply: Buffer | undefined; granted: boolean } | undefined {
  const message = messageOf(frame);
  if (message?.subarray(28, 34).compare(macBytes(lease.mac)) !== 0) return undefined;
  const sent = optionsOf(message);
  const own = addressBytes(lease.address);
  const server = sent.get(options.server);
  const type = sent.get(options.type)?.[0];
  const none = { reply: undefined, granted: false };
  if (server && server.compare(addressBytes(serverOf(lease.address))) !== 0) return none;
  if (type === discover) return { reply: replyFrame(message, offer, lease), granted: false };
  if (type === inform) return { reply: replyFrame(message, ack, lease), granted: false };
  if (type !== request) return none;
  const wanted = sent.get(options.requested) ?? message.subarray(12, 16);
  const granted = wanted.compare(own) === 0;
  return { reply: replyFrame(message, granted ? ack : nak, lease), granted };
}

/** The DHCP message in a frame to a server; undefined where there is none. */
function messageOf(frame: Buffer): Buffer | undefined {
  if (frame.length < ethernet + ip + udp + bootp || frame.readUInt16BE(12) !== 0x0800) return undefined;
  const packet = frame.subarray(ethernet);
  const header = (packet[0]! & 15) * 4;
  // A fragment is none: DHCP's messages are small.
  if (packet[0]! >> 4 !== 4 || header < ip || packet[9] !== 17 || (packet.readUInt16BE(6) & 0x3fff) !== 0) return undefined;
  const message = packet.subarray(header + udp);
  if (packet.length < header + udp + bootp || packet.readUInt16BE(header + 2) !== 67) return undefined;
  const isRequest = message[0] === 1 && message[1] === 1 && message[2] === 6 && message.readUInt32BE(236) === cookie;
  return isRequest ? message : undefined;
}

function optionsOf(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = bootp; at < message.length && message[at] !== options.end; ) {
    if (message[at] === 0) {
      at += 1;
      continue;
    }
    const length = message[at + 1] ?? 0;
    const value = message.subarray(at + 2, at + 2 + length);
    if (value.length < length) break;
    found.set(message[at]!, value);
    at += 2 + length;
  }
  return found;
}

function replyFrame(asked: Buffer, type: number, { mac, address }: DhcpLease): Buffer {
  const server = addressBytes(serverOf(address));
  const message = Buffer.alloc(bootp);
  message.set([2, 1, 6, 0]);
  // The number of the exchange and the flags are the client's.
  asked.copy(message, 4, 4, 8);
  asked.copy(message, 10, 10, 12);
  const hasAddress = type !== nak && asked.readUInt32BE(12) === 0;
  if (type !== nak) asked.copy(message, 12, 12, 16);
  if (hasAddress) addressBytes(address).copy(message, 16);
  else if (type !== nak) asked.copy(message, 16, 12, 16);
  asked.copy(message, 28, 28, 44);
  message.writeUInt32BE(cookie, 236);
  const more = type === nak ? [] : [...option(options.mask, [255, 255, 255, 0]), ...option(options.lease, [255, 255, 255, 255])];
  const list = [...option(options.type, [type]), ...option(options.server, [...server]), ...more, options.end];
  return inFrame(Buffer.concat([message, Buffer.from(list), Buffer.alloc(60)]).subarray(0, 300), macBytes(mac), server);
}

const option = (code: number, value: readonly number[]): number[] => [code, value.length, ...value];

function inFrame(message: Buffer, to: Buffer, server: Buffer): Buffer {
  const frame = Buffer.alloc(ethernet + ip + udp);
  to.copy(frame, 0);
  frame.set([0x52, 0x55], 6);
  server.copy(frame, 8);
  frame.writeUInt16BE(0x0800, 12);
  const header = frame.subarray(ethernet, ethernet + ip);
  header.set([0x45, 0]);
  header.writeUInt16BE(ip + udp + message.length, 2);
  header.set([64, 17], 8);
  server.copy(header, 12);
  header.fill(255, 16, 20);
  header.writeUInt16BE(checksum(header), 10);
  const datagram = frame.subarray(ethernet + ip);
  datagram.writeUInt16BE(67, 0);
  datagram.writeUInt16BE(68, 2);
  datagram.writeUInt16BE(udp + message.length, 4);
  return Buffer.concat([frame, message]);
}

/** That of an IP header whose own field for it is zero. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

export function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

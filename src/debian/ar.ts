/** The ar format of .deb files: deb(5). Only short names, as written by Debian's tools. */
import { BootflakeError } from '../base/errors.ts';

export interface ArMember {
  name: string;
  bytes: Uint8Array;
}

const MAGIC = '!<arch>\n';
/** The text fields of a member's header that are read: their beginnings and ends. */
const FIELD = { name: [0, 16], size: [48, 58] } as const;
const HEADER_SIZE = 60;
const HEADER_END = '`\n';

/** Throws `debian/bad-deb`; `what` names the file in the message. */
export function parseAr(bytes: Uint8Array, what: string): ArMember[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const fault = (why: string) => new BootflakeError({ code: 'debian/bad-deb', message: `${what} is no Debian package: ${why}` });
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC) throw fault('it does not begin as an ar archive');
  const members: ArMember[] = [];
  for (let at = MAGIC.length; at < data.length; ) {
    const header = data.toString('latin1', at, at + HEADER_SIZE);
    if (header.length < HEADER_SIZE || !header.endsWith(HEADER_END)) throw fault(`there is no member's header at byte ${at}`);
    const size = Number(header.slice(...FIELD.size));
    const start = at + HEADER_SIZE;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > data.length) throw fault(`the member at byte ${at} is cut short`);
    members.push({
      name: header
        .slice(...FIELD.name)
        .trimEnd()
        .replace(/\/$/, ''),
      bytes: bytes.subarray(start, start + size),
    });
    at = start + size + (size % 2);
  }
  return members;
}

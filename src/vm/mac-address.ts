/** MAC addresses of machines' cards, written as `52:54:00:12:34:56`. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';

export const macSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/, 'no MAC address'));

/** A locally administered address: the same for the same seed. */
export function derivedMac(seed: string): string {
  const digits = createHash('sha256').update(`bootflake mac ${seed}`).digest('hex').slice(0, 8);
  return `52:54:${digits.match(/../g)!.join(':')}`;
}

/** Returns it in lower case. Throws `vm/bad-mac`. */
export function parseMac(text: string): string {
  const mac = text.toLowerCase().replaceAll('-', ':');
  const bad = (why: string) =>
    new BootflakeError({
      code: 'vm/bad-mac',
      message: `'${text}' cannot be the MAC address of a card: ${why}`,
      hint: 'Use a locally administered one, such as 52:54:00:12:34:57.',
    });
  if (!v.safeParse(macSchema, mac).success) throw bad('it has not six numbers of two hexadecimal digits');
  if (parseInt(mac.slice(0, 2), 16) & 1) throw bad('the first number is odd, so it is a multicast address');
  if (mac === '00:00:00:00:00:00') throw bad('it is zero');
  return mac;
}

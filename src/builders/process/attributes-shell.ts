/** The file .attrs.sh: structured attributes as declarations of bash, byte for byte as Nix writes them. */
import { singleQuoted } from '../../base/shell-quote.ts';
import { JsonNumber, sortedMembers, type Json, type JsonObject } from './json-bytes.ts';

/** Leaves out what bash has no variable for: other names, nested values, numbers with a fraction. */
export function attributesShell(attributes: JsonObject): string {
  let text = '';
  for (const [name, value] of sortedMembers(attributes)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    const simple = simpleValue(value);
    if (simple !== undefined) text += `declare ${name}=${simple}\n`;
    else if (Array.isArray(value)) {
      const items = value.map(simpleValue);
      if (!items.includes(undefined)) text += `declare -a ${name}=(${items.map((item) => `${item} `).join('')})\n`;
    } else if (value instanceof Map) {
      const members = sortedMembers(value).map(([key, member]) => [key, simpleValue(member)] as const);
      if (members.every(([, member]) => member !== undefined))
        text += `declare -A ${name}=(${members.map(([key, member]) => `[${singleQuoted(key)}]=${member} `).join('')})\n`;
    }
  }
  return text;
}

function simpleValue(value: Json): string | undefined {
  if (typeof value === 'string') return singleQuoted(value);
  if (value === null) return "''";
  if (typeof value === 'boolean') return value ? '1' : '';
  return value instanceof JsonNumber ? wholeNumber(value) : undefined;
}

/** Nix looks for a fraction in 32 bits of precision, and writes 32 bits of a whole number. */
function wholeNumber(number: JsonNumber): string | undefined {
  const single = Math.fround(Number(number.digits));
  if (Math.ceil(single) !== single) return undefined;
  if (!number.isFloat) return String(BigInt.asIntN(32, BigInt(number.digits)));
  const whole = Math.trunc(Number(number.digits));
  // What does not fit is the processor's "indefinite" integer.
  return String(whole >= -(2 ** 31) && whole < 2 ** 31 ? whole : -(2 ** 31));
}

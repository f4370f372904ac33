/**
 * Times of TOML with more digits of a second than a date of JavaScript holds: they are found in the text, beside what the library makes of
 * them.
 */
import { digest } from '../../nix-format/hash.ts';

/** A string or a comment, which is left as it is, or a time with more than three digits behind the point. */
const part = new RegExp(
  [
    /"{3}(?:\\[^]|(?!"{3})[^\\])*"{3,5}/,
    /'{3}(?:(?!'{3})[^])*'{3,5}/,
    /"(?:\\.|[^"\\])*"/,
    /'[^']*'/,
    /#.*/,
    /(?:\d{4}-\d\d-\d\d[Tt ])?\d\d:\d\d:\d\d\.\d{4,}(?:[Zz]|[+-]\d\d:\d\d)?/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

export class FineTime {
  /** `text` as it was written. */
  constructor(private readonly text: string) {}

  /** Nanoseconds at most; as many digits as seconds, thousandths or millionths of thousandths need. */
  get canonical(): string {
    return this.text
      .replace(/\.(\d+)/, (_, digits: string) => {
        const nine = digits.slice(0, 9).padEnd(9, '0');
        const kept = nine.replace(/(?:000){1,3}$/, '');
        return kept === '' ? '' : `.${kept}`;
      })
      .replace(/[ t]/, 'T')
      .replace(/z$/, 'Z');
  }
}

/** A text with such times taken out, and how to know what stands for them in what it is parsed to. */
export interface TextWithoutTimes {
  text: string;
  timeOf(value: string): FineTime | undefined;
}

/** undefined when there are none. The text must be right as it is. */
export function withoutFineTimes(text: string): TextWithoutTimes | undefined {
  const times: FineTime[] = [];
  // No string of the text can have its hash in it.
  const mark = `${digest('sha256', text).toString('hex')}-`;
  const replaced = text.replace(part, (found) => {
    if (!/^\d/.test(found)) return found;
    times.push(new FineTime(found));
    return `"${mark}${times.length - 1}"`;
  });
  return times.length === 0
    ? undefined
    : { text: replaced, timeOf: (value) => (value.startsWith(mark) ? times[Number(value.slice(mark.length))] : undefined) };
}

import { evalError } from '../error.ts';
import { forceString, forceStringNoContext, forceStringValue } from '../expect.ts';
import { charsOf } from '../context.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';
import { RegexSyntaxError } from './regex/parse.ts';
import { RegexTooLarge } from './regex/program.ts';
import { Regex } from './regex/regex.ts';

const cache = new Map<string, Regex>();
const CACHE_LIMIT = 4096;

/** Runs `use` with the compiled pattern; what is wrong with the pattern becomes an error at `pos`. */
function withRegex<T>(pattern: string, pos: Pos, use: (regex: Regex) => T): T {
  try {
    let regex = cache.get(pattern);
    if (!regex) {
      regex = new Regex(pattern);
      if (cache.size >= CACHE_LIMIT) cache.clear();
      cache.set(pattern, regex);
    }
    return use(regex);
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw evalError('eval/bad-regex', `invalid regular expression '${pattern}'`, pos, error.message);
    if (error instanceof RegexTooLarge) throw evalError('eval/bad-regex', `memory limit exceeded by regular expression '${pattern}'`, pos);
    throw error;
  }
}

function split(regex: Regex, original: Value, text: string): Value[] {
  const matches = regex.matches(text);
  if (matches.length === 0) return [original];
  const parts: Value[] = [];
  let from = 0;
  for (const { begin, end, groups } of matches) {
    parts.push(text.slice(from, begin), groups);
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

export const regexBuiltins: BuiltinDef[] = [
  {
    name: 'match',
    args: ['regex', 'str'],
    doc:
      'The texts that the groups of the POSIX extended regular expression *regex* took, when it matches all of *str*; else `null`. A ' +
      'group that took no part is `null`.',
    run(_ev, pos, regexValue, v) {
      const pattern = forceStringNoContext(regexValue!, pos, 'the first argument passed to builtins.match');
      return withRegex(pattern, pos, (regex) => regex.match(forceString(v!, pos, 'the second argument passed to builtins.match')) ?? null);
    },
  },
  {
    name: 'split',
    args: ['regex', 'str'],
    doc:
      'The string *str* cut at the matches of *regex*: the texts between the matches, ' +
      'and for each match a list of what its groups took.',
    run(_ev, pos, regexValue, v) {
      const pattern = forceStringNoContext(regexValue!, pos, 'the first argument passed to builtins.split');
      return withRegex(pattern, pos, (regex) => {
        const string = forceStringValue(v!, pos, 'the second argument passed to builtins.split');
        return split(regex, string, charsOf(string));
      });
    },
  },
];

import { TomlDate } from 'smol-toml';
import { AttrsBuilder } from '../attrs.ts';
import { evalError } from '../error.ts';
import { forceStringNoContext } from '../expect.ts';
import { decodeBytes, encodeBytes } from '../../lang/bytes.ts';
import { parseToml } from './toml-text.ts';
import { FineTime } from './toml-time.ts';
import { NixFloat, normalizeInt, type BuiltinDef, type Value } from '../value.ts';

/** What was parsed as a value. `timestamps`: dates become `{ _type = "timestamp"; value }`, else they are an error. */
function tomlValue(v: unknown, timestamps: boolean): Value {
  if (typeof v === 'string') return encodeText(v);
  if (typeof v === 'boolean') return v;
  if (typeof v === 'number') return new NixFloat(v);
  if (typeof v === 'bigint') {
    const integer = normalizeInt(v);
    if (integer === undefined) throw new Error(`the integer ${v} does not fit 64 bits`);
    return integer;
  }
  if (v instanceof TomlDate || v instanceof FineTime) {
    if (!timestamps) throw new Error('Dates and times are not supported');
    return new AttrsBuilder().set('_type', 'timestamp').set('value', timestamp(v)).build();
  }
  if (Array.isArray(v)) return v.map((element) => tomlValue(element, timestamps));
  const builder = new AttrsBuilder();
  for (const [name, value] of Object.entries(v as object)) builder.set(encodeText(name), tomlValue(value, timestamps));
  return builder.build();
}

function encodeText(text: string): string {
  if (text.includes('\0')) throw new Error(`the string '${text.replaceAll('\0', '␀')}' contains a null byte, which Nix cannot represent`);
  return encodeBytes(text);
}

/** In Nix's canonical form: `T` between date and time, fractions of 3, 6 or 9 digits when there are any, `Z` for no offset. */
function timestamp(date: TomlDate | FineTime): string {
  const text = date instanceof FineTime ? date.canonical : date.toISOString().replace(/\.000(?=Z|[+-]|$)/, '');
  return text.replace(/[+-]00:00$/, 'Z');
}

export const tomlBuiltins: BuiltinDef[] = [
  {
    name: 'fromTOML',
    args: ['e'],
    global: true,
    doc: 'A TOML text as a value. Dates and times are an error, unless the experimental feature `parse-toml-timestamps` is enabled.',
    run(ev, pos, v) {
      const text = forceStringNoContext(v!, pos, 'the argument passed to builtins.fromTOML');
      try {
        return tomlValue(parseToml(decodeBytes(text)), ev.features.has('parse-toml-timestamps'));
      } catch (error) {
        throw evalError('eval/bad-toml', encodeBytes(`while parsing TOML: ${(error as Error).message}`), pos);
      }
    },
  },
];

/** Reads `nixConfig` of a flake.nix: settings of nix.conf that the flake wants, as literals. */
import { type Binding, decodeBytes, type Expr } from '../evaluator/index.ts';
import type { NixConfigEntry } from './flake-file.ts';
import { badFlake, setOf, showKind, valueOf } from './literals.ts';

const hint = 'A setting is a string, a path, an integer, a Boolean or a list of strings, written as a literal.';

/** Throws `flake/bad-flake`. */
export function readNixConfig(binding: Binding): NixConfigEntry[] {
  return setOf(binding)
    .toSorted(({ name: a }, { name: b }) => (a < b ? -1 : Number(a > b)))
    .map((setting) => ({ name: decodeBytes(setting.name), value: settingValue(setting) }));
}

function settingValue(setting: Binding): NixConfigEntry['value'] {
  const value = valueOf(setting);
  if (value?.kind === 'string') return decodeBytes(value.value);
  if (value?.kind === 'path') return { path: decodeBytes(value.value) };
  if (value?.kind === 'int') return String(value.value);
  if (value?.kind === 'var' && (value.name === 'true' || value.name === 'false')) return value.name;
  if (value?.kind === 'list') return joined(value.elements.map((element) => listElement(setting, element)));
  throw badFlake(`flake configuration setting '${setting.name}' is ${showKind(value)}`, setting.pos, hint);
}

/** Nix leaves out empty words only at the start. */
function joined(words: string[]): string {
  const first = words.findIndex((word) => word !== '');
  return first < 0 ? '' : words.slice(first).join(' ');
}

function listElement(setting: Binding, element: Expr): string {
  if (element.kind === 'string') return decodeBytes(element.value);
  throw badFlake(
    `list element in flake configuration setting '${setting.name}' is ${showKind(element)} while a string is expected`,
    setting.pos,
    hint,
  );
}

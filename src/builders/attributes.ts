/** Reads a derivation's attributes, with errors that name the faulty one. */
import { BootflakeError } from '../base/errors.ts';
import { isFileName, shownName } from '../tree/file-name.ts';

export type Attributes = Record<string, unknown>;

export function attributeError(name: string, expected: string, value: unknown, hint?: string): BootflakeError {
  return new BootflakeError({
    code: 'build/bad-attribute',
    message: `the attribute '${plain(name)}' must be ${expected}, but it is ${shown(value)}`,
    hint,
  });
}

export function stringAttribute(attrs: Attributes, name: string): string {
  const value = attrs[name];
  if (typeof value !== 'string') throw attributeError(name, 'a string', value);
  return value;
}

/** The name of a file that the builder makes, `suffix` behind it; it is also shown, and a part of lines. */
export function fileNameAttribute(
  attrs: Attributes,
  name: string,
  { suffix = '', fallback }: { suffix?: string; fallback?: string } = {},
): string {
  const value = optionalString(attrs, name) ?? fallback ?? stringAttribute(attrs, name);
  if (isFileName(value) && isFileName(`${value}${suffix}`) && !/[\x00-\x1f\x7f-\x9f]/.test(value)) return value;
  throw attributeError(name, "a file's name, without a folder", value);
}

export function optionalString(attrs: Attributes, name: string): string | undefined {
  return attrs[name] === undefined || attrs[name] === null ? undefined : stringAttribute(attrs, name);
}

/** Structured attributes have true and false; in an environment Nix writes `1` and an empty string. */
export function booleanAttribute(attrs: Attributes, name: string): boolean {
  const value = attrs[name];
  return value === true || value === '1';
}

export function listAttribute(attrs: Attributes, name: string): unknown[] {
  const value = attrs[name];
  if (!Array.isArray(value)) throw attributeError(name, 'a list', value);
  return value;
}

export function isAttributes(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Escapes a name, parts of which may come from the flake. */
function plain(name: string): string {
  return /[\x00-\x1f\x7f-\x9f]/.test(name) || name.length > 120 ? shownName(name).slice(1, -1) : name;
}

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A list of strings; empty where the attribute is missing. Throws `build/invalid-attribute` for anything else. */
export function stringsAttribute(attrs: Attributes, name: string): string[] {
  const value: unknown = attrs[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw attributeError(name, 'a list of strings', value);
  return value;
}

/** A list of sets with a source and a target; empty where the attribute is missing. Throws `build/invalid-attribute` for anything else. */
export function contentsAttribute(attrs: Attributes, name: string): { source: string; target: string }[] {
  const value: unknown = attrs[name] ?? [];
  if (!Array.isArray(value)) throw attributeError(name, 'a list of sets with a source and a target', value);
  return value.map((item: unknown) => {
    if (!isAttributes(item)) throw attributeError(name, 'a list of sets with a source and a target', item);
    return { source: stringAttribute(item, 'source'), target: stringAttribute(item, 'target') };
  });
}

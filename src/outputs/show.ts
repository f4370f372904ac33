/** The outputs of a flake as a tree, as printed by `nix flake show`; evaluates only names and types. */
import { Attrs, charsOf, decodeBytes, force, type Forced, isString, type Value } from '../evaluator/index.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { isDerivation } from './derivation-info.ts';

/** One output, or a set of outputs. */
export type ShownNode =
  | { kind: 'set'; children: [string, ShownNode][] }
  | { kind: 'leaf'; json: Record<string, unknown>; text: string }
  | { kind: 'omitted'; why: string };

export interface ShowTreeOptions {
  system: string;
  legacy: boolean;
}

const setsOfOutputs = new Set([
  'defaultPackage',
  'devShell',
  'formatter',
  'nixosConfigurations',
  'nixosModules',
  'defaultApp',
  'templates',
  'overlays',
]);
const setsBySystem = new Set(['checks', 'packages', 'devShells', 'apps']);
const kinds: Record<string, [type: string, text: string]> = {
  overlays: ['nixpkgs-overlay', 'Nixpkgs overlay'],
  nixosConfigurations: ['nixos-configuration', 'NixOS configuration'],
  nixosModules: ['nixos-module', 'NixOS module'],
};

export function showTree(outputs: Attrs, options: ShowTreeOptions): ShownNode {
  return showNode(outputs, [], options);
}

function showNode(value: Value, path: string[], options: ShowTreeOptions): ShownNode {
  const [top, second] = path;
  const depth = path.length;
  if (depth === 0 || (depth === 1 && setsOfOutputs.has(top as string)) || (depth <= 2 && setsBySystem.has(top as string)))
    return showSet(value, path, options);
  if (top === 'legacyPackages') {
    if (depth === 1) return showSet(value, path, options);
    if (!options.legacy) return { kind: 'omitted', why: "(use '--legacy' to show)" };
    if (second !== options.system) return { kind: 'omitted', why: 'another system' };
    try {
      const forced = force(value);
      return isDerivation(forced)
        ? showDerivation(forced, 'package')
        : depth === 2
          ? showSet(forced, path, options)
          : { kind: 'set', children: [] };
    } catch {
      return { kind: 'set', children: [] };
    }
  }
  if (
    depth === 3
      ? setsBySystem.has(top as string)
      : depth === 2 && ['defaultPackage', 'devShell', 'formatter', 'defaultApp'].includes(top as string)
  )
    return showOfSystem(value, path, options);
  if (depth === 2 ? top === 'templates' : top === 'defaultTemplate') {
    const description = textOf(force(value), 'description') ?? '';
    return { kind: 'leaf', json: { description, type: 'template' }, text: `template: ${description}` };
  }
  if (top === 'hydraJobs') {
    const forced = force(value);
    return isDerivation(forced) ? showDerivation(forced, 'derivation') : showSet(forced, path, options);
  }
  const [type, text] = kinds[depth === 2 ? (top as string) : `${top}s`] ?? ['unknown', 'unknown'];
  return { kind: 'leaf', json: { type }, text };
}

function showSet(value: Value, path: string[], options: ShowTreeOptions): ShownNode {
  const forced = force(value);
  if (!(forced instanceof Attrs)) return { kind: 'omitted', why: 'not a set' };
  const children: [string, ShownNode][] = [];
  for (const [name, child] of forced.entries()) {
    const shown = showNode(child, [...path, decodeBytes(name)], options);
    const hidesWhenEmpty =
      setsBySystem.has(path[0] ?? name) || setsOfOutputs.has(path[0] ?? name) || (path[0] ?? name) === 'legacyPackages';
    if (shown.kind === 'set' && shown.children.length === 0 && hidesWhenEmpty && path[0] !== 'legacyPackages') continue;
    children.push([decodeBytes(name), shown]);
  }
  return { kind: 'set', children };
}

function showOfSystem(value: Value, path: string[], options: ShowTreeOptions): ShownNode {
  if (path[1] !== options.system) return { kind: 'omitted', why: 'another system' };
  const forced = force(value);
  if (path[0] === 'apps' || path[0] === 'defaultApp') {
    const meta = forced instanceof Attrs ? forced.get('meta') : undefined;
    const description = meta === undefined ? undefined : textOf(force(meta), 'description');
    return {
      kind: 'leaf',
      json: { type: 'app', ...(description !== undefined && { description }) },
      text: `app: ${description ?? 'no description'}`,
    };
  }
  if (!isDerivation(forced)) return { kind: 'omitted', why: 'not a derivation' };
  return showDerivation(
    forced,
    path[0]?.startsWith('devShell') ? 'development environment' : path[0] === 'checks' ? 'derivation' : 'package',
  );
}

function showDerivation(value: Attrs, noun: string): ShownNode {
  const name = textOf(value, 'name') ?? '';
  const meta = value.get('meta');
  const description = (meta === undefined ? undefined : textOf(force(meta), 'description')) ?? '';
  return { kind: 'leaf', json: { description, name, type: 'derivation' }, text: `${noun} '${name}'` };
}

function textOf(value: Forced, name: string): string | undefined {
  const attr = value instanceof Attrs ? value.get(name) : undefined;
  const forced = attr === undefined ? undefined : force(attr);
  return forced !== undefined && isString(forced) ? decodeBytes(charsOf(forced)) : undefined;
}

export function shownJson(node: ShownNode): unknown {
  if (node.kind === 'leaf') return node.json;
  return node.kind === 'omitted' ? {} : Object.fromEntries(node.children.map(([name, child]) => [name, shownJson(child)]));
}

/** `title` is the flake's reference. */
export function shownText(node: ShownNode, title: string): string {
  return [title, ...textLines(node, '')].join('\n');
}

function textLines(node: ShownNode, prefix: string): string[] {
  if (node.kind !== 'set') return [];
  return node.children.flatMap(([name, child], i) => {
    const last = i === node.children.length - 1;
    const head = `${prefix}${last ? '└───' : '├───'}${printAttrPath([name])}`;
    if (child.kind === 'leaf') return [`${head}: ${child.text}`];
    if (child.kind === 'omitted') return [`${head} omitted ${child.why}`];
    return [head, ...textLines(child, `${prefix}${last ? '    ' : '│   '}`)];
  });
}

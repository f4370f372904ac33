/** The modules of a test's machines, as an expression of the language. */
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { fileExists } from '../system/file-operations.ts';

/** A module of NixOS: its text in Nix, a file, or an attribute of a flake. */
export type NodeModule = string | { file: string } | { installable: string };

/** Returns an expression for each machine. Throws `test/bad-node`. */
export function machineModules(nodes: Readonly<Record<string, NodeModule>>, cwd: string): Map<string, string> {
  const names = Object.keys(nodes);
  for (const name of names)
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(name)) throw badNode(name, 'its name is no host name', 'Use letters, digits and -.');
  return new Map(names.map((name) => [name, expressionOf(name, nodes[name]!, cwd)]));
}

function expressionOf(name: string, module: NodeModule, cwd: string): string {
  if (typeof module === 'string') return `(\n${module}\n)`;
  if ('file' in module) {
    const file = resolve(cwd, module.file);
    if (!fileExists(file)) throw badNode(name, `there is no file '${file}'`, 'Name a module: { file: "./server.nix" }.');
    return `(/. + ${nixText(file)})`;
  }
  const [reference = '', attribute = '', ...more] = module.installable.split('#');
  const path = attribute.split('.');
  if (more.length > 0 || path.some((part) => !/^[\w'-]+$/.test(part)))
    throw badNode(name, `'${module.installable}' names no attribute`, "Name a module of a flake: { installable: '.#nixosModules.web' }.");
  const flake = /^\.{0,2}(?:\/|$)|^\.$/.test(reference) ? resolve(cwd, reference) : reference;
  return `(builtins.getFlake ${nixText(flake)}).${path.map((part) => nixText(part)).join('.')}`;
}

/** The expression of a test's driver, and its arguments. */
export function testExpression(
  { name, distribution = 'debian/trixie' }: { name: string; distribution?: string },
  modules: ReadonlyMap<string, string>,
): { expr: string; args: Record<string, { text: string }> } {
  const nodes = [...modules].map(([node, module]) => `${nixText(node)} = ${module};`).join('\n');
  const expr = `{ name, distribution }:
((builtins.getFlake distribution).legacyPackages.x86_64-linux.testers.runNixOSTest {
  inherit name;
  testScript = "";
  nodes = {
${nodes}
  };
}).driver`;
  return { expr, args: { name: { text: name }, distribution: { text: distribution } } };
}

/** A string of the language with any characters. */
function nixText(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\${');
}

function badNode(name: string, why: string, hint: string): BootflakeError {
  return new BootflakeError({ code: 'test/bad-node', message: `the machine '${name}' of the test cannot be made: ${why}`, hint });
}

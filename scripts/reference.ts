/** `npm run reference`: writes the reference of builtins and options, taken from their sources, to docs/reference/ (not in git). */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { allBuiltins } from '../src/eval/builtins/index.ts';

interface OptionDoc {
  name: string;
  description?: string | { text?: string };
  type: string;
  default?: { text?: string };
  example?: { text?: string };
  declarations: string[];
  internal: boolean;
  visible: boolean;
  readOnly: boolean;
}

function builtinsReference(): string {
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  const entries = [...allBuiltins].sort(byName).map((builtin) => {
    const notes = [
      builtin.feature && `Behind the experimental feature \`${builtin.feature}\`.`,
      builtin.impure && 'Only in impure evaluation.',
      builtin.global && 'Also in scope without `builtins.`.',
    ]
      .filter(Boolean)
      .join(' ');
    return `## \`${[`builtins.${builtin.name}`, ...builtin.args].join(' ')}\`\n\n${builtin.doc.trim()}\n${notes ? `\n${notes}\n` : ''}`;
  });
  return `# Builtins\n\n${entries.length} of them.\n\n${entries.join('\n')}`;
}

function optionsReference(suite: string): { text: string; count: number } {
  const expression = `flake: let lib = flake.lib; in map (o: {
    inherit (o) name type internal visible readOnly;
    declarations = map toString o.declarations;
    description = let d = o.description or ""; in if builtins.isAttrs d then d.text or "" else if d == null then "" else d;
    default = o.default or { }; example = o.example or { };
  }) (lib.filter (o: !o.internal && o.visible) (lib.optionAttrSetToDocList
    (lib.nixosSystem { system = "x86_64-linux"; modules = [ ]; }).options))`;
  const run = spawnSync(process.execPath, ['dist/bootflake.js', 'eval', '--json', `debian/${suite}#.`, '--apply', expression], {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  const options = JSON.parse(run.stdout) as OptionDoc[];
  const entries = options.map((o) => {
    const description = typeof o.description === 'string' ? o.description : (o.description?.text ?? '');
    const facts = [
      `Type: ${o.type}${o.readOnly ? ' (read only)' : ''}`,
      o.default?.text !== undefined && `Default: \`${o.default.text}\``,
      o.example?.text !== undefined && `Example: \`${o.example.text}\``,
      `Declared in: ${o.declarations.map((d) => `\`${d.replace(/^\/nix\/store\/[^/]+\//, 'distro/')}\``).join(', ')}`,
    ].filter(Boolean);
    return `## \`${o.name}\`\n\n${description.trim()}\n\n${facts.map((f) => `- ${f}`).join('\n')}\n`;
  });
  return { text: `# Options\n\n${entries.length} of them.\n\n${entries.join('\n')}`, count: options.length };
}

mkdirSync('docs/reference', { recursive: true });
writeFileSync('docs/reference/builtins.md', builtinsReference());
const options = optionsReference('trixie');
writeFileSync('docs/reference/options.md', options.text);
console.log(`docs/reference/builtins.md: ${allBuiltins.length} builtins\ndocs/reference/options.md: ${options.count} options`);

/**
 * Exec*= settings of units: systemd replaces `%` and `$` in what a shell's quotes hold, so that arguments are escaped by
 * utils.escapeSystemdExecArgs. Scripts, which are in indented strings or made by pkgs.writeShellScript*, are a shell's.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const folder = 'distro/nixos/modules';

/** The end of the expression at `start`: the `;` that closes it. Indented strings are left out of `code`. */
function expression(source: string, start: number): string {
  let code = '';
  // What each open bracket or string ends with.
  const open: string[] = [];
  for (let at = start; at < source.length; at += 1) {
    const inside = open.at(-1);
    const two = source.slice(at, at + 2);
    if (inside === '"' || inside === "''") {
      if (inside === '"' && source[at] === '\\') at += 1;
      else if (inside === "''" && /^''['$]/.test(source.slice(at, at + 3))) at += 2;
      else if (two === '${') {
        open.push('}');
        at += 1;
      } else if (source.startsWith(inside, at)) {
        open.pop();
        at += inside.length - 1;
      }
    } else if (two === "''") {
      open.push("''");
      at += 1;
    } else if (source[at] === '"') open.push('"');
    else if (source[at] === '#') at = source.indexOf('\n', at);
    else if ('([{'.includes(source[at]!)) open.push({ '(': ')', '[': ']', '{': '}' }[source[at]!]!);
    else if (source[at] === inside) open.pop();
    else if (source[at] === ';' && open.length === 0) break;
    if (!open.includes("''")) code += source[at];
  }
  return code;
}

const ofShells = /\bescapeShellArgs?\b|\btoGNUCommandLineShell\b|\btoShellVars?\b/;
const isScript = /\bwrite(?:Shell)?(?:Script|Application)/;

/** Lines of Exec*= settings that quote for a shell, also by a name that is bound to such words. */
function shellQuotes(source: string): string[] {
  const bound = [...source.matchAll(/^ *([a-zA-Z]\w*) =(?!=)/gm)]
    .filter(({ 1: name, index, 0: text }) => {
      const value = expression(source, index + text.length);
      return !/^Exec/.test(name!) && /^\s*(?:"|lib\.|\(|escapeShellArg|if )/.test(value) && ofShells.test(value) && !isScript.test(value);
    })
    .map(({ 1: name }) => name!);
  return [...source.matchAll(/\bExec(?:Start|Stop|Reload|Condition)(?:Pre|Post)?\s*=(?!=)/g)].flatMap(({ index, 0: text }) => {
    const value = expression(source, index + text.length);
    const named = bound.find((name) => new RegExp(`(?<![.\\w"-])${name}(?![\\w-]|\\s*=)`).test(value));
    if (isScript.test(value) || (!ofShells.test(value) && named === undefined)) return [];
    return [`${source.slice(0, index).split('\n').length}: ${text}${value.replaceAll(/\s+/g, ' ')}`];
  });
}

test('no argument in an Exec line of a unit is quoted as for a shell', () => {
  const found = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.nix'))
    .flatMap((file) => shellQuotes(readFileSync(join(folder, file), 'utf8')).map((line) => `${file}:${line}`));
  assert.deepEqual(found, []);
});

test('the search finds quotes of a shell in the value, in a part of it, and by name', () => {
  assert.equal(shellQuotes('x = {\n ExecStart = "${p}/bin/a ${lib.escapeShellArgs cfg.args}";\n};').length, 1);
  assert.equal(shellQuotes('let\n  folder = lib.escapeShellArg cfg.dir;\nin { ExecStop = "/bin/a ${folder}"; }').length, 1);
  assert.equal(shellQuotes('serviceConfig.ExecStartPre = [ "a" (escapeShellArg "b;c") ];').length, 1);
  assert.deepEqual(shellQuotes("ExecStart = pkgs.writeShellScript \"x\" ''\n  a ${lib.escapeShellArg b}\n'';"), []);
  assert.deepEqual(shellQuotes('preStart = lib.escapeShellArg b; ExecStart = "/bin/a";'), []);
});

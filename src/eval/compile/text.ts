import type { InterpolationExpr, PathInterpolationExpr, SearchPathExpr } from '../../lang/ast.ts';
import { callMany } from '../apply.ts';
import { normalizePath } from '../../lang/paths.ts';
import { coerceToString } from '../coerce.ts';
import { ContextCollector } from '../context.ts';
import { evalError } from '../error.ts';
import { NixPath, NixString, type Code } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { make } from './delay.ts';

/** `"a${b}"` */
export function interpolationCode(c: Compiler, e: InterpolationExpr): Code {
  const { ev } = c;
  const parts = e.parts.map((part) => (part.kind === 'string' ? part.value : c.code(part)));
  const positions = e.parts.map((part) => part.pos);
  return (env) => {
    let s = '';
    let context: ContextCollector | null = null;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (typeof part === 'string') s += part;
      else {
        const v = part(env);
        if (typeof v === 'string') s += v;
        else if (v instanceof NixString) {
          (context ??= new ContextCollector()).addAll(v.context);
          s += v.s;
        } else s += coerceToString(ev, v, (context ??= new ContextCollector()), { copyToStore: true }, positions[i]!, 'a part of a string');
      }
    }
    return context === null ? s : context.string(s);
  };
}

/** `./a/${b}.nix` */
export function pathInterpolationCode(c: Compiler, e: PathInterpolationExpr): Code {
  const { ev } = c;
  const parts = e.parts.map((part) => (part.kind === 'string' || part.kind === 'path' ? part.value : c.code(part)));
  const { pos } = e;
  return (env) => {
    const context = new ContextCollector();
    let path = '';
    for (const part of parts) path += typeof part === 'string' ? part : coerceToString(ev, part(env), context, {}, pos, 'a path segment');
    if (context.context.size > 0)
      throw evalError('eval/unwanted-context', 'a string that refers to a store path cannot be appended to a path', pos);
    return new NixPath(normalizePath(path), pos);
  };
}

/** `<name>` */
export function searchPathCode(c: Compiler, e: SearchPathExpr): Code {
  const { ev } = c;
  if (e.findFile.depth === -1 && e.nixPath.depth === -1) return () => new NixPath(ev.findFile(e.value, e.pos), e.pos);
  const findFile = c.code(e.findFile);
  const nixPath = c.delay(e.nixPath, null);
  return (env) => callMany(findFile(env), [make(nixPath, env), e.value], e.pos);
}

import { Attrs } from '../attrs.ts';
import type { ContextCollector } from '../context.ts';
import { isDerivation } from '../compare.ts';
import { force } from '../force.ts';
import { formatFloat } from '../print.ts';
import { isString, Lambda, NixFloat, NixPath, type NixString, PartialApp, type Forced, type Value } from '../value.ts';

/** A value as the XML document that `builtins.toXML` gives. Contexts go to the collector. */
export function printXml(v: Value, context: ContextCollector): string {
  const printer = new XmlPrinter(context);
  printer.element('expr', {}, () => printer.value(v));
  return `<?xml version='1.0' encoding='utf-8'?>\n${printer.text}`;
}

const SPECIAL = /["<>&\n]/;
const SPECIAL_ALL = /["<>&\n]/g;
const ENTITIES: Record<string, string> = { '"': '&quot;', '<': '&lt;', '>': '&gt;', '&': '&amp;', '\n': '&#xA;' };

class XmlPrinter {
  text = '';
  private indent = '';
  private readonly derivations = new Set<string>();

  constructor(private readonly context: ContextCollector) {}

  value(v: Value): void {
    const f = force(v);
    if (typeof f === 'number' || typeof f === 'bigint') this.leaf('int', { value: String(f) });
    else if (typeof f === 'boolean') this.leaf('bool', { value: String(f) });
    else if (isString(f)) this.leaf('string', { value: this.string(f) });
    else if (f instanceof NixPath) this.leaf('path', { value: f.path });
    else if (f === null) this.leaf('null', {});
    else if (f instanceof NixFloat) this.leaf('float', { value: formatFloat(f.value) });
    else if (Array.isArray(f)) this.element('list', {}, () => f.forEach((element) => this.value(element)));
    else if (f instanceof Attrs) this.attrs(f);
    else if (f instanceof Lambda || f instanceof PartialApp) this.lambda(f);
    else this.leaf('unevaluated', {});
  }

  element(name: string, attributes: Record<string, string>, content: () => void): void {
    this.text += `${this.indent}<${name}${xmlAttributes(attributes)}>\n`;
    this.indent += '  ';
    content();
    this.indent = this.indent.slice(2);
    this.text += `${this.indent}</${name}>\n`;
  }

  private leaf(name: string, attributes: Record<string, string>): void {
    this.text += `${this.indent}<${name}${xmlAttributes(attributes)} />\n`;
  }

  private string(f: string | NixString): string {
    if (typeof f === 'string') return f;
    this.context.addAll(f.context);
    return f.s;
  }

  private attrs(f: Attrs): void {
    const members = () => {
      const { keys, sortedSlots } = f.shape;
      for (const slot of sortedSlots) this.element('attr', { name: keys[slot]! }, () => this.value(f.values[slot]!));
    };
    if (!isDerivation(f)) {
      this.element('attrs', {}, members);
      return;
    }
    const attributes: Record<string, string> = {};
    for (const name of ['drvPath', 'outPath']) {
      const value: Forced | undefined = f.has(name) ? force(f.get(name)!) : undefined;
      if (value !== undefined && isString(value)) attributes[name] = typeof value === 'string' ? value : value.s;
    }
    this.element('derivation', attributes, () => {
      const { drvPath } = attributes;
      if (drvPath && !this.derivations.has(drvPath)) {
        this.derivations.add(drvPath);
        members();
      } else this.leaf('repeated', {});
    });
  }

  private lambda(f: Lambda | PartialApp): void {
    const info = f instanceof Lambda ? f.info : f.lambda.info;
    const argument = info.argNames[f instanceof Lambda ? 0 : f.args.length] ?? '';
    this.element('function', {}, () => {
      if (!info.formals) {
        this.leaf('varpat', { name: argument });
        return;
      }
      const { formals } = info;
      const attributes = { ...(formals.ellipsis && { ellipsis: '1' }), ...(argument && { name: argument }) };
      this.element('attrspat', attributes, () => [...formals.names].sort().forEach((name) => this.leaf('attr', { name })));
    });
  }
}

function xmlAttributes(attributes: Record<string, string>): string {
  let text = '';
  for (const name in attributes) {
    const value = attributes[name]!;
    text += ` ${name}="${SPECIAL.test(value) ? value.replace(SPECIAL_ALL, (char) => ENTITIES[char]!) : value}"`;
  }
  return text;
}

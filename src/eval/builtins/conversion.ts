import { ContextCollector } from '../context.ts';
import { evalError } from '../error.ts';
import { forceStringNoContext } from '../expect.ts';
import type { BuiltinDef } from '../value.ts';
import { JsonError, parseJson } from './json-parse.ts';
import { printJson } from './json-print.ts';
import { printXml } from './xml-print.ts';

export const conversionBuiltins: BuiltinDef[] = [
  {
    name: 'toJSON',
    args: ['e'],
    doc:
      'A value as JSON text. Sets with `outPath` (derivations) become that path, sets with `__toString` what it gives; paths are copied ' +
      'to the store; functions are an error.',
    run(ev, pos, v) {
      const context = new ContextCollector();
      return context.string(printJson(ev, v!, context, pos));
    },
  },
  {
    name: 'fromJSON',
    args: ['e'],
    doc: 'A JSON text as a value. Numbers without point and exponent are integers.',
    run(_ev, pos, v) {
      const text = forceStringNoContext(v!, pos, 'the first argument passed to builtins.fromJSON');
      try {
        return parseJson(text);
      } catch (error) {
        if (error instanceof JsonError) throw evalError('eval/bad-json', `while decoding a JSON string: ${error.message}`, pos);
        throw error;
      }
    },
  },
  {
    name: 'toXML',
    args: ['e'],
    doc: 'A value as an XML document, with elements named by the types of values.',
    run(_ev, _pos, v) {
      const context = new ContextCollector();
      return context.string(printXml(v!, context));
    },
  },
];

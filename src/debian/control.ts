/** Stanzas of Debian control files (Debian Policy 5.1): `Field: value`; lines that begin with white space continue a value. */

/**
 * Parses one stanza. Field names become lower case; continuation lines are joined by line breaks without their leading blank. Other lines
 * are ignored.
 */
export function parseStanza(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) fields.set(name, `${fields.get(name)}\n${line.slice(1)}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('#')) {
      name = undefined;
      continue;
    }
    name = line.slice(0, colon).toLowerCase();
    fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/** Parses stanzas separated by empty lines. */
export function parseStanzas(text: string): Map<string, string>[] {
  return text
    .replace(/\r\n/g, '\n')
    .split(/\n(?:[ \t]*\n)+/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}

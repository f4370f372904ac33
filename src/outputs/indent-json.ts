/** Indents compact JSON by two spaces as Nix does. Works on the text, as parsing would round numbers. */
export function indentJson(json: string): string {
  let text = '';
  let margin = '\n';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[[\]{},:]|[^[\]{},:"]+/g)) {
    if (token === '{' || token === '[') {
      margin += '  ';
      text += token + margin;
    } else if (token === '}' || token === ']') {
      margin = margin.slice(0, -2);
      text += margin + token;
    } else if (token === ',') text += `,${margin}`;
    else text += token === ':' ? ': ' : token;
  }
  return text;
}

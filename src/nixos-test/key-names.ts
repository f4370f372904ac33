/** The keys of characters on a keyboard of the United States, as qemu's `sendkey` names them. */
const named: Record<string, string> = {
  '\n': 'ret',
  '\t': 'tab',
  ' ': 'spc',
  '-': 'minus',
  '=': 'equal',
  '[': 'bracket_left',
  ']': 'bracket_right',
  ';': 'semicolon',
  "'": 'apostrophe',
  '`': 'grave_accent',
  '\\': 'backslash',
  ',': 'comma',
  '.': 'dot',
  '/': 'slash',
};

/** With shift, the second character of a pair is on the key of the first. */
const shifted = new Map('1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+ [{ ]} ;: \'" `~ \\| ,< .> /?'.split(' ').map((pair) => [pair[1]!, pair[0]!]));

/** Returns the key, or the text itself if it is a key's name already. */
export function keyOf(character: string): string {
  if (/^[A-Z]$/.test(character)) return `shift-${character.toLowerCase()}`;
  const plain = shifted.get(character);
  if (plain !== undefined) return `shift-${named[plain] ?? plain}`;
  return named[character] ?? character;
}

/** Shortens a foreign text for a message: omits its middle if it has more than `most` characters. */
export function shortened(text: string, most = 200): string {
  return text.length <= most ? text : `${text.slice(0, most / 2)}...${text.slice(3 - most / 2)}`;
}

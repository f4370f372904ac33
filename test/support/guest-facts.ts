/** A script that prints the output of each command, its lines joined. */
export const factScript = (commands: readonly string[]): string =>
  commands.map((command) => `echo "@fact $(echo $(${command}))"`).join('\n');

/** What `factScript` printed in a guest, a command each. */
export const factsOf = (text: string): (string | undefined)[] => [...text.matchAll(/^@fact ?(.*?)\r?$/gm)].map((found) => found[1]);

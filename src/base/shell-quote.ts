/** A command line that a POSIX shell reads back as these arguments. */
export function shellQuote(args: readonly string[]): string {
  return args.map((arg) => (/^[A-Za-z0-9_\-+=:,./@%^]+$/.test(arg) ? arg : singleQuoted(arg))).join(' ');
}

/** One word for a shell, with quotes in any case. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

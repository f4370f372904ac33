/** Names that FAT can hold: fatgen103, "FAT Long Directory Entries", "Name Limits and Character Sets". */
import { BootflakeError } from '../../base/errors.ts';
import { nameFault, shownName } from '../../tree/file-name.ts';

/** UTF-16 code units. */
const LONGEST = 255;

/** Throws `disk/bad-name` for a name in `folder` that FAT cannot hold, or cannot distinguish from another one. */
export function checkFatNames(names: string[], folder: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const fault = faultOf(name);
    if (fault !== undefined) throw badName(name, folder, fault);
    // FAT preserves the case of names and ignores it in lookups.
    const key = name.toUpperCase();
    const other = seen.get(key);
    if (other !== undefined) throw badName(name, folder, `is the same as ${shownName(other)} there`);
    seen.set(key, name);
  }
}

function faultOf(name: string): string | undefined {
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (name.length > LONGEST) return `has ${name.length} characters, and ${LONGEST} are the most`;
  const character = /["*:<>?\\|\x00-\x1f\x7f]/.exec(name)?.[0];
  if (character !== undefined) return `has the character ${shownName(character)} in it`;
  if (/[ .]$/.test(name)) return 'ends with a space or a dot';
  return undefined;
}

function badName(name: string, folder: string, fault: string): BootflakeError {
  return new BootflakeError({
    code: 'disk/bad-name',
    message: `the boot partition cannot have a file ${shownName(name)} in ${shownName(folder || '/')}: on FAT the name ${fault}`,
  });
}

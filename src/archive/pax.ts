/** Extended headers of tar (POSIX.1-2017, pax, "pax Extended Header"): records `LENGTH KEY=VALUE\n`, the length counts the whole record. */
import { EQUALS, LINE_FEED, SPACE } from '../base/ascii.ts';
import { ArchiveError } from './archive-error.ts';

/** The fields that extended headers set for the next member, named as in the library's Header. */
export interface ExtendedFields {
  path?: string;
  linkpath?: string;
  size?: number;
  mtime?: Date;
  uid?: number;
  gid?: number;
  uname?: string;
  gname?: string;
}

/** Adds the records of a header to `fields`. Irrelevant keys are skipped. Throws ArchiveError. */
export function addPaxRecords(fields: ExtendedFields, bytes: Uint8Array): void {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const space = data.indexOf(SPACE, at);
    const length = Number(data.toString('latin1', at, Math.min(space, at + 16)));
    const equals = data.indexOf(EQUALS, space);
    const end = at + length;
    if (space < 0 || !(length > 0) || end > data.length || equals < 0 || equals >= end || data[end - 1] !== LINE_FEED) {
      throw new ArchiveError('tar', 'a record of an extended header is broken');
    }
    setField(fields, data.toString('utf8', space + 1, equals), data.toString('utf8', equals + 1, end - 1));
    at = end;
  }
}

function setField(fields: ExtendedFields, key: string, value: string): void {
  switch (key) {
    case 'path':
    case 'linkpath':
    case 'uname':
    case 'gname':
      fields[key] = value;
      break;
    case 'size':
    case 'uid':
    case 'gid':
      fields[key] = wholeNumber(key, value);
      break;
    case 'mtime':
      fields.mtime = new Date(number(key, value) * 1000);
      break;
    default:
      // The contents of a sparse file are a map and the parts between holes: read as they are they would be another file.
      if (/^GNU\.sparse\.(?:major|map|size|realsize)$/.test(key))
        throw new ArchiveError('tar', 'it has a sparse file, which is not known here');
  }
}

function wholeNumber(key: string, value: string): number {
  const found = number(key, value);
  if (Number.isSafeInteger(found) && found >= 0) return found;
  throw new ArchiveError('tar', `an extended header says ${key} = '${value.slice(0, 40)}'`);
}

function number(key: string, value: string): number {
  const found = Number(value);
  if (value.trim() === '' || !Number.isFinite(found))
    throw new ArchiveError('tar', `an extended header says ${key} = '${value.slice(0, 40)}'`);
  return found;
}

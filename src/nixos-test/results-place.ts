/** Where the results of a test go, looked at before minutes of a build. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { visibleLine } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';
import { writeFileAtomic } from '../system/files.ts';

/** Nothing is made. `file`: absolute. Throws `test/bad-report-file` when a report cannot be written there. */
export function checkReportFile(file: string): void {
  const facts = fs.statSync(file, { throwIfNoEntry: false });
  if (facts?.isDirectory()) throw badReportFile(file, 'it is a folder');
  const why = facts ? whyNotWritable(file) : whyNoFolder(dirname(file));
  if (why !== undefined) throw badReportFile(file, why);
}

/** A report is there as a whole or not at all. Throws `test/bad-report-file`. */
export function writeReport(file: string, text: string): void {
  // What is no regular file is written to (/dev/stdout, a FIFO, a link), and so is a file in a folder of someone else.
  const isPlain = (fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? true) && whyNotWritable(dirname(file)) === undefined;
  try {
    if (isPlain) writeFileAtomic(file, [Buffer.from(text)]);
    else fs.writeFileSync(file, text);
  } catch (error) {
    throw badReportFile(file, (error as Error).message);
  }
}

/** Nothing is made. `folder`: absolute. Throws `test/bad-output-folder` when it cannot be a folder for the script's files. */
export function checkOutputFolder(folder: string): void {
  const why = whyNoFolder(nearest(folder));
  if (why === undefined) return;
  throw new BootflakeError({
    code: 'test/bad-output-folder',
    message: visibleLine(`the script's files cannot go to '${folder}': ${why}`),
    hint: 'Name another folder: --output-directory FOLDER',
  });
}

/** The path itself, or the nearest of its parents that is there. */
function nearest(path: string): string {
  const parent = dirname(path);
  try {
    if (parent === path || fs.lstatSync(path, { throwIfNoEntry: false })) return path;
  } catch {
    // Below a file.
  }
  return nearest(parent);
}

function whyNoFolder(folder: string): string | undefined {
  try {
    if (!fs.statSync(folder).isDirectory()) return `'${folder}' is a file`;
  } catch {
    return `there is no folder '${folder}'`;
  }
  return whyNotWritable(folder);
}

function whyNotWritable(path: string): string | undefined {
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function badReportFile(file: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'test/bad-report-file',
    message: visibleLine(`the report cannot be written to '${file}': ${why}`),
    hint: 'Name a file in a folder that is there, and that you may write to: --junit FILE',
  });
}

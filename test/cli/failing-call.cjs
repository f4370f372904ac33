// Loaded before a program (node --require): makes one of its calls of the file system fail, in all of its threads, as the kernel would.
// FAIL_CALL names it as node:fs does, FAIL_CODE the error, FAIL_BELOW the folder whose files it is about; FAIL_AFTER calls succeed first.
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { constants } = require('node:os');

const { FAIL_CALL: call, FAIL_CODE: code, FAIL_BELOW: below, FAIL_AFTER: after = '0', FAIL_MARK: mark } = process.env;
const opened = new Map();
const open = fs.openSync;
const appendFile = fs.appendFileSync;
const real = fs[call];
let left = Number(after);

const pathOf = (file) => String(typeof file === 'number' ? opened.get(file) ?? '' : file);
fs.openSync = (path, ...rest) => {
  const descriptor = open(path, ...rest);
  opened.set(descriptor, String(path));
  return descriptor;
};
const target = call === 'openSync' ? fs.openSync : real;
fs[call] = (...args) => {
  const [first, second] = args;
  // What a link points to is no file that the call is about.
  const paths = ['renameSync', 'linkSync', 'copyFileSync'].includes(call) ? [first, second] : [call === 'symlinkSync' ? second : first];
  if (!paths.some((path) => `${pathOf(path)}/`.startsWith(`${below}/`)) || left-- > 0) return target(...args);
  const syscall = { rmSync: 'unlink', writevSync: 'write', readdirSync: 'scandir' }[call] ?? call.replace(/(File)?Sync$/, '').toLowerCase();
  const error = Object.assign(new Error(`${code}: made to fail, ${syscall}`), { errno: -constants.errno[code], code, syscall });
  if (typeof first !== 'number') Object.assign(error, { path: String(first) }, paths.length > 1 && { dest: String(second) });
  if (mark) appendFile(mark, `${call} ${pathOf(first)}\n`);
  throw error;
};
syncBuiltinESMExports();

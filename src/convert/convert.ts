/** Converts a disk image into another format: read by its tables, written once, under another name until it is complete. */
import fs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { checkRoom, ImageFile } from '../builders/image/image-file.ts';
import { writePlan, type WriteReport } from '../builders/image/write-plan.ts';
import { writeStreamed } from '../builders/image/write-streamed.ts';
import { BadImage } from '../disk/bad-image.ts';
import { extentBytes, type BlockPlan } from '../disk/block-plan.ts';
import type { BlockSink } from '../disk/block-sink.ts';
import { diskStep, isPlannedFormat, largestDisk, planImageFile, type ImageFormat } from '../disk/image-format.ts';
import { detectFormat, openImage, readableFormats, type ReadableFormat } from '../disk/open-image.ts';
import { besideName } from '../system/beside-name.ts';
import { inPieces } from '../system/in-pieces.ts';
import { dataExtents } from '../system/data-extents.ts';
import { closeFileSources, FileSource } from '../system/file-source.ts';
import { OverlappedFile } from './overlapped-file.ts';
import { readTarget, type Target } from './target.ts';
import { unpackers } from './unpackers.ts';

export interface Conversion {
  /** Paths. */
  from: string;
  to: string;
  /** qemu-img's names; by default what the file's bytes say. */
  inputFormat: string | undefined;
  /** By default what the suffix says. */
  format: string | undefined;
  compress: boolean;
  /** `name=value`, comma-separated, each; qemu-img's and our own. */
  options: readonly string[];
  /** Replaces an existing file. */
  force: boolean;
  /** Decides on UUIDs, unless the options do. */
  seed: string;
  /** Threads that compress. */
  cores: number;
}

export interface Converted {
  inputFormat: ReadableFormat;
  format: ImageFormat;
  /** Of the disk, in bytes. */
  diskSize: number;
  /** Bytes of zeros that were added at its end: Azure takes whole mebibytes only, Google's Compute Engine whole gibibytes. */
  added: number;
  /** Of the new file, in bytes: its length, and what it takes. */
  fileSize: number;
  takes: number;
}

/** Throws `convert/...` errors; after any, and after an abort, there is no new file. */
export async function convert(conversion: Conversion, report: Omit<WriteReport, 'id' | 'activity'>): Promise<Converted> {
  const { from, to, force } = conversion;
  const target = readTarget({ ...conversion, path: to });
  checkPlaces(from, to, force);
  const source = FileSource.of(from);
  const beside = besideName(resolve(to), 'new');
  try {
    const { inputFormat, disk, added } = await openDisk(source, conversion, target, report);
    await writeImage(disk, target, { path: beside, name: basename(to), cores: conversion.cores }, report);
    place(beside, to, force);
    const { size, blocks } = fs.statSync(to);
    return { inputFormat, format: target.format, diskSize: disk.size, added, fileSize: size, takes: blocks * 512 };
  } catch (error) {
    throw explained(error, from);
  } finally {
    closeFileSources();
    fs.rmSync(beside, { force: true });
  }
}

function checkPlaces(from: string, to: string, force: boolean): void {
  const input = fs.statSync(from, { throwIfNoEntry: false });
  if (!input) throw new BootflakeError({ code: 'convert/no-such-file', message: `there is no file '${from}'` });
  if (!input.isFile())
    throw new BootflakeError({ code: 'convert/no-file', message: `'${from}' is no regular file`, hint: 'Name the file of a disk image.' });
  const output = fs.statSync(to, { throwIfNoEntry: false }) ?? fs.lstatSync(to, { throwIfNoEntry: false });
  if (!output) return;
  if (output.ino === input.ino && output.dev === input.dev)
    throw new BootflakeError({
      code: 'convert/same-file',
      message: `'${to}' is the image itself`,
      hint: 'Give the new image another name.',
    });
  if (output.isDirectory() || !(output.isFile() || output.isSymbolicLink()))
    throw new BootflakeError({ code: 'convert/no-file', message: `'${to}' is no regular file`, hint: 'Name the new file.' });
  if (!force) throw exists(to);
}

function exists(to: string): BootflakeError {
  return new BootflakeError({
    code: 'convert/exists',
    message: `'${to}' exists already`,
    hint: 'Choose another name, or replace it: --force.',
  });
}

/** A name that another program has taken meanwhile is not replaced either. */
function place(beside: string, to: string, force: boolean): void {
  if (force) return fs.renameSync(beside, to);
  try {
    fs.linkSync(beside, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(to);
    // A file system without hard links.
    if (fs.existsSync(to)) throw exists(to);
    fs.renameSync(beside, to);
  }
}

async function openDisk(
  source: FileSource,
  { inputFormat, to }: Conversion,
  { format }: Target,
  { signal }: Pick<WriteReport, 'signal'>,
): Promise<{ inputFormat: ReadableFormat; disk: BlockPlan; added: number }> {
  const known = inputFormat === undefined ? detectFormat(source) : readableFormats.find((name) => name === inputFormat);
  if (known === undefined)
    throw new BootflakeError({
      code: 'convert/unknown-format',
      message: `there is no format '${inputFormat}' that could be read`,
      hint: `Give --input-format one of ${readableFormats.join(', ')}.`,
    });
  // The tables of these are made before anything is written, and a sparse archive's map.
  const exact = isPlannedFormat(format) ? format !== 'raw' && format !== 'vpc-fixed' : format === 'raw.tar.gz';
  const reading = openImage(source, known, { unpackers, exact, data: hasTables(known) ? undefined : dataExtents(resolve(source.path)) });
  const read = await inPieces(reading, signal);
  const disk = roundedDisk(read, format);
  const most = largestDisk(format);
  if (most !== undefined && disk.size > most)
    throw new BootflakeError({
      code: 'convert/too-large',
      message: `the disk has ${disk.size} bytes, and '${to}' could have ${most} at most`,
      hint: 'Choose another format: vhdx, for example.',
    });
  return { inputFormat: known, disk, added: disk.size - read.size };
}

/** The others may be as sparse as the disk. */
function hasTables(format: ReadableFormat): boolean {
  return format !== 'raw' && format !== 'vpc';
}

/** Adds zeros at the end, where the format's host wants round sizes. */
function roundedDisk(disk: BlockPlan, format: ImageFormat): BlockPlan {
  const step = diskStep(format);
  return { ...disk, size: Math.ceil(disk.size / step) * step };
}

async function writeImage(
  disk: BlockPlan,
  { format, container }: Target,
  { path, name, cores }: { path: string; name: string; cores: number },
  report: Omit<WriteReport, 'id' | 'activity'>,
): Promise<void> {
  const described = { ...report, id: path, activity: `writing ${name}` };
  if (!isPlannedFormat(format)) {
    const file = new ImageFile(path, 0);
    try {
      return await writeStreamed({ format, disk, file, options: container, cores }, described);
    } finally {
      file.close();
    }
  }
  const plan = planImageFile(format, disk, { seed: container.seed, fileName: name });
  const bytes = extentBytes(plan.extents);
  // How much of a raw disk is zeros is not known here.
  if (bytes < disk.size) checkRoom(dirname(path), bytes);
  const file = await OverlappedFile.make(path, plan.size);
  try {
    await writePlan(plan, new HoleySink(file), described, () => file.settle());
    await file.end();
  } finally {
    await file.close();
  }
}

/** Leaves out pieces of zeros, so that they are holes. */
class HoleySink implements BlockSink {
  readonly size: number;
  private readonly file: BlockSink;

  constructor(file: BlockSink) {
    this.file = file;
    this.size = file.size;
  }

  write(offset: number, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let begun = -1;
    for (let at = 0; at < buffer.length; ) {
      const next = Math.min(buffer.length, at + HOLE - ((offset + at) % HOLE));
      const isEmpty = buffer.subarray(at, next).equals(ZEROS.subarray(0, next - at));
      if (isEmpty && begun >= 0) this.file.write(offset + begun, buffer.subarray(begun, at));
      begun = isEmpty ? -1 : begun < 0 ? at : begun;
      at = next;
    }
    if (begun >= 0) this.file.write(offset + begun, buffer.subarray(begun));
  }
}

/** Of a hole, in bytes, at multiples of it. */
const HOLE = 32 << 10;
const ZEROS = Buffer.alloc(HOLE);

/** Names the file, and where in it. */
function explained(error: unknown, from: string): unknown {
  if (!(error instanceof BadImage)) return error;
  const where = error.offset === undefined ? '' : `, byte ${error.offset}`;
  return new BootflakeError({
    code: 'convert/bad-image',
    message: `'${from}'${where}: ${error.message}`,
    hint: error.hint ?? 'The image is damaged, or of another format: say --input-format, or ask qemu-img check.',
    cause: error,
  });
}

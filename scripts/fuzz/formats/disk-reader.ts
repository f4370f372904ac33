/** Reads a disk image as `convert` does, and checks that what is written is what was announced. */
import assert from 'node:assert/strict';
import { unpackers } from '../../../src/convert/unpackers.ts';
import { BadImage } from '../../../src/disk/bad-image.ts';
import { detectFormat, openImage } from '../../../src/disk/open-image.ts';
import { BootflakeError } from '../../../src/base/errors.ts';
import { bytesSource } from '../../../src/tree/file-tree.ts';
import type { Reader } from './format.ts';

export const diskImage: Reader = (bytes) => {
  try {
    const source = bytesSource(bytes);
    const reading = openImage(source, detectFormat(source), { unpackers, exact: true });
    let step = reading.next();
    while (!step.done) step = reading.next();
    const plan = step.value;
    let end = 0;
    for (const { start, length } of plan.extents) {
      assert.ok(start >= end && length > 0 && start + length <= plan.size, 'an extent is not behind the one before');
      end = start + length;
    }
    let [position, extent] = [0, 0];
    const write = (offset: number, piece: Uint8Array): void => {
      assert.ok(offset >= position, 'a write goes back');
      position = offset + piece.length;
      while (plan.extents[extent] && plan.extents[extent]!.start + plan.extents[extent]!.length <= offset) extent += 1;
      const around = plan.extents[extent];
      assert.ok(around && around.start <= offset && position <= around.start + around.length, 'a write is in no extent');
    };
    for (const _ of plan.write({ size: plan.size, write }));
  } catch (error) {
    if (!(error instanceof BadImage)) throw error;
    throw new BootflakeError({ code: 'convert/bad-image', message: error.message, hint: error.hint });
  }
};

/** Text on a machine's screen, recognised by tesseract. */
import fs from 'node:fs';
import { outputOfProgram } from '../system/child-process.ts';

export interface Recogniser {
  /** The program and the arguments before its own. */
  command: readonly string[];
  environment: Record<string, string | undefined>;
}

interface Picture {
  width: number;
  height: number;
  /** A byte for each point, from black to white. */
  points: Buffer;
}

/** Milliseconds for a picture. */
const patience = 120_000;
/** Points of a screen: the guest chooses its resolution. */
const mostPoints = 1 << 25;
/** Points above which a picture is large enough as it is. */
const enoughPoints = 1 << 22;
/** Letters of a console are eight points wide, a quarter of what tesseract is made for. */
const scale = 4;

/** Returns what is recognised in a picture of qemu's (PPM): as dark text on light, as light on dark, and where each word is by itself. */
export async function screenText(recogniser: Recogniser, file: string, onlyOne: boolean): Promise<string[]> {
  const picture = enlarged(grey(fs.readFileSync(file)));
  const inverted = { ...picture, points: picture.points.map((value) => 255 - value) as Buffer };
  // Most screens are dark.
  const isDark = picture.points.reduce((sum, value) => sum + value, 0) < picture.points.length * 128;
  const [likely, other] = isDark ? [inverted, picture] : [picture, inverted];
  const variants: [Picture, string][] = onlyOne
    ? [[likely, '6']]
    : [
        [likely, '6'],
        [likely, '11'],
        [other, '11'],
      ];
  const texts: string[] = [];
  for (const [variant, mode] of variants) texts.push(await recognise(recogniser, `${file}.pgm`, variant, mode));
  return texts;
}

async function recognise({ command, environment }: Recogniser, file: string, picture: Picture, mode: string): Promise<string> {
  fs.writeFileSync(file, Buffer.concat([Buffer.from(`P5\n${picture.width} ${picture.height}\n255\n`), picture.points]), { mode: 0o600 });
  const text = await outputOfProgram([...command, file, '-', '-l', 'eng', '--dpi', '300', '--psm', mode], patience, {
    ...environment,
    OMP_THREAD_LIMIT: '1',
  });
  if (text === undefined) throw new Error('tesseract did not recognise the text of the screen');
  return text;
}

/** Exported for tests. */
export function grey(ppm: Buffer): Picture {
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 64));
  const [width, height] = [Number(head?.[1]), Number(head?.[2])];
  const colours = ppm.subarray(head?.[0].length ?? 0);
  if (!head || width * height > mostPoints || colours.length !== width * height * 3) throw new Error('qemu made no picture of the screen');
  const points = Buffer.alloc(width * height);
  for (let i = 0; i < points.length; i++) points[i] = (colours[3 * i]! * 77 + colours[3 * i + 1]! * 151 + colours[3 * i + 2]! * 28) >> 8;
  return { width, height, points };
}

/** Exported for tests. */
export function enlarged({ width, height, points }: Picture): Picture {
  if (width * height * scale * scale > enoughPoints * scale) return { width, height, points };
  const large = Buffer.alloc(points.length * scale * scale);
  for (let y = 0; y < height; y++) {
    const line = Buffer.alloc(width * scale);
    for (let x = 0; x < width; x++) line.fill(points[y * width + x]!, x * scale, (x + 1) * scale);
    for (let i = 0; i < scale; i++) line.copy(large, (y * scale + i) * width * scale);
  }
  return { width: width * scale, height: height * scale, points: large };
}

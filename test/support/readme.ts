/** The README's code blocks, so that tests can run what users read. */
import { readFileSync } from 'node:fs';

export interface Block {
  language: string;
  /** The heading above it. */
  heading: string;
  text: string;
}

export function readmeBlocks(): Block[] {
  const readme = readFileSync('README.md', 'utf8');
  const blocks: Block[] = [];
  let heading = '';
  for (const part of readme.matchAll(/^#+ (.*)$|^```(\w+)\n([^]*?)^```$/gm)) {
    if (part[1] !== undefined) heading = part[1];
    else blocks.push({ language: part[2]!, heading, text: part[3]! });
  }
  return blocks;
}

/** The only block of a language below a heading. Throws when there is none or several. */
export function readmeBlock(heading: string, language: string): string {
  const found = readmeBlocks().filter((block) => block.heading === heading && block.language === language);
  if (found.length !== 1) throw new Error(`the README has ${found.length} blocks of ${language} below "${heading}"`);
  return found[0]!.text;
}

/** The command lines of a console block: the text after `$ `, without comments. */
export function commandLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2).replace(/\s+# .*$/, ''));
}

/** Replaces numbers and dates, which differ between states of the archive. */
export const withoutNumbers = (text: string): string => text.replace(/\(\d{4}-\d\d-\d\d\) /g, '').replace(/\d+/g, 'N');

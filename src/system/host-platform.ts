import os from 'node:os';

/** The host's system (`linux`, `darwin`) and architecture (`x64`, `arm64`) as Node names them. */
export function hostPlatform(): { system: string; architecture: string } {
  return { system: os.platform(), architecture: os.arch() };
}

/** Of the user that runs us; -1 where there are no such numbers. */
export function ownUserId(): number {
  return process.getuid?.() ?? -1;
}

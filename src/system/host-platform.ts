import os from 'node:os';

/** The host's system (`linux`, `darwin`) and architecture (`x64`, `arm64`) as Node names them. */
export function hostPlatform(): { system: string; architecture: string } {
  return { system: os.platform(), architecture: os.arch() };
}

/** The user's number; -1 on hosts without them. */
export function ownUserId(): number {
  return process.getuid?.() ?? -1;
}

/** The numbers of the user's groups; none on hosts without them. */
export function ownGroupIds(): number[] {
  return process.getgroups?.() ?? [];
}

/** This host's name in its network. */
export function hostName(): string {
  return os.hostname();
}

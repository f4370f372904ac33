const architectures: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64', ia32: 'i686', riscv64: 'riscv64', ppc64: 'powerpc64le' };

/** This machine as Nix names it: `x86_64-linux`. */
export function hostSystem(): string {
  return `${architectures[process.arch] ?? process.arch}-${process.platform}`;
}

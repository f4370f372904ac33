# How the kernel recognises programs of other systems, by the names of NixOS: system -> { magicOrExtension, mask, arch }; `arch' is
# qemu's name of the processor. The magic number is the begin of an ELF header up to e_machine, without the byte of the ABI.
{ lib }:

let
  hex = byte: "\\x${lib.toLower (lib.fixedWidthString 2 "0" (lib.toHexString byte))}";
  bytes = lib.concatMapStrings hex;

  elf =
    {
      bits,
      bigEndian ? false,
    }:
    arch: machine:
    let
      number =
        n: if bigEndian then [ (n / 256) (lib.mod n 256) ] else [ (lib.mod n 256) (n / 256) ];
    in
    {
      inherit arch;
      magicOrExtension = bytes (
        [ 127 69 76 70 (bits / 32) (if bigEndian then 2 else 1) 1 ]
        ++ lib.genList (_: 0) 9
        # ET_EXEC; with the mask also ET_DYN.
        ++ number 2
        ++ number machine
      );
      mask = bytes (
        lib.genList (_: 255) 7
        ++ [ 0 ]
        ++ lib.genList (_: 255) 8
        ++ (if bigEndian then [ 255 254 ] else [ 254 255 ])
        ++ [ 255 255 ]
      );
    };
  little32 = elf { bits = 32; };
  little64 = elf { bits = 64; };
  big32 = elf {
    bits = 32;
    bigEndian = true;
  };
  big64 = elf {
    bits = 64;
    bigEndian = true;
  };
in
{
  aarch64-linux = little64 "aarch64" 183;
  aarch64_be-linux = big64 "aarch64_be" 183;
  alpha-linux = little64 "alpha" 36902;
  armv6l-linux = little32 "arm" 40;
  armv7l-linux = little32 "arm" 40;
  i386-linux = little32 "i386" 3;
  i486-linux = little32 "i386" 3;
  i586-linux = little32 "i386" 3;
  i686-linux = little32 "i386" 3;
  loongarch64-linux = little64 "loongarch64" 258;
  m68k-linux = big32 "m68k" 4;
  mips-linux = big32 "mips" 8;
  mips64-linux = big64 "mips64" 8;
  mips64el-linux = little64 "mips64el" 8;
  mipsel-linux = little32 "mipsel" 8;
  powerpc-linux = big32 "ppc" 20;
  powerpc64-linux = big64 "ppc64" 21;
  powerpc64le-linux = little64 "ppc64le" 21;
  riscv32-linux = little32 "riscv32" 243;
  riscv64-linux = little64 "riscv64" 243;
  s390x-linux = big64 "s390x" 22;
  sparc-linux = big32 "sparc" 2;
  sparc64-linux = big64 "sparc64" 43;
  x86_64-linux = little64 "x86_64" 62;
}

# GCC's options for platforms.
{ lib }:

let
  gcc = builtins.mapAttrs (_: gcc: { inherit gcc; }) {
    armv5tel-multiplatform.arch = "armv5te";
    raspberrypi = {
      arch = "armv6kz";
      fpu = "vfpv2";
    };
    armv7l-hf-multiplatform = {
      arch = "armv7-a";
      fpu = "vfpv3-d16";
    };
    armv7a-android = {
      arch = "armv7-a";
      float-abi = "softfp";
      fpu = "vfpv3-d16";
    };
    zero-gravitas = {
      cpu = "cortex-a9";
      fpu = "neon";
    };
    zero-sugar = {
      cpu = "cortex-a7";
      fpu = "neon-vfpv4";
      float-abi = "hard";
    };
    aarch64-multiplatform.arch = "armv8-a";
    bluefield2.arch = "armv8-a+fp+simd+crc+crypto";
    apple-m1 = {
      arch = "armv8.3-a+crypto+sha2+aes+crc+fp16+lse+simd+ras+rdm+rcpc";
      cpu = "apple-a13";
    };

    ben_nanonote = {
      arch = "mips32";
      float = "soft";
    };
    fuloong2f_n32 = {
      arch = "loongson2f";
      float = "hard";
      abi = "n32";
    };
    gcc_mips32r2_o32 = {
      arch = "mips32r2";
      abi = "32";
    };
    gcc_mips32r6_o32 = {
      arch = "mips32r6";
      abi = "32";
    };
    gcc_mips64r2_n32 = {
      arch = "mips64r2";
      abi = "n32";
    };
    gcc_mips64r6_n32 = {
      arch = "mips64r6";
      abi = "n32";
    };
    gcc_mips64r2_64 = {
      arch = "mips64r2";
      abi = "64";
    };
    gcc_mips64r6_64 = {
      arch = "mips64r6";
      abi = "64";
    };

    loongarch64-multiplatform = {
      arch = "la64v1.0";
      strict-align = false;
      cmodel = "medium";
    };
  };
in
gcc
// {
  raspberrypi2 = gcc.armv7l-hf-multiplatform;

  /* For systems without options of their own. */
  select =
    system:
    let
      version = system.parsed.cpu.version or null;
    in
    if system.isAarch32 then
      if version == null then
        { }
      else if lib.versionOlder version "6" then
        gcc.armv5tel-multiplatform
      else if lib.versionOlder version "7" then
        gcc.raspberrypi
      else
        gcc.armv7l-hf-multiplatform
    else if system.isAarch64 then
      (if system.isDarwin then gcc.apple-m1 else gcc.aarch64-multiplatform)
    else if system.isLoongArch64 then
      gcc.loongarch64-multiplatform
    else if system.parsed.cpu.name == "mipsel" then
      lib.systems.examples.mipsel-linux-gnu
    else
      { };
}

# What the parts of a system's name may be, and what each says: processors, vendors, kernels, binary interfaces.
{ lib }:

let
  inherit (builtins) mapAttrs;

  named =
    type:
    mapAttrs (
      name: value:
      {
        _type = type;
        inherit name;
      }
      // value
    );
  only = type: names: named type (lib.genAttrs names (_: { }));
in
rec {
  significantBytes = only "significant-byte" [ "bigEndian" "littleEndian" ];

  cpuTypes =
    let
      inherit (significantBytes) bigEndian littleEndian;
      # All processors of a family; what is known beside the width is given by name.
      family =
        name: byte:
        mapAttrs (
          _: given:
          let
            more = if builtins.isAttrs given then given else { bits = given; };
          in
          {
            family = name;
            significantByte = byte;
          }
          // more
        );
      arm = version: arch: {
        bits = 32;
        inherit version arch;
      };
      x86 = bits: arch: { inherit bits arch; };
    in
    named "cpu-type" (
      family "arm" littleEndian {
        arm = 32;
        armv5tel = arm "5" "armv5t";
        armv6m = arm "6" "armv6-m";
        armv6l = arm "6" "armv6";
        armv7a = arm "7" "armv7-a";
        armv7r = arm "7" "armv7-r";
        armv7m = arm "7" "armv7-m";
        armv7l = arm "7" "armv7";
        armv8a = arm "8" "armv8-a";
        armv8r = arm "8" "armv8-a";
        armv8m = arm "8" "armv8-m";
        aarch64 = arm "8" "armv8-a" // { bits = 64; };
        aarch64_be = arm "8" "armv8-a" // {
          bits = 64;
          significantByte = bigEndian;
        };
      }
      // family "x86" littleEndian {
        i386 = x86 32 "i386";
        i486 = x86 32 "i486";
        i586 = x86 32 "i586";
        i686 = x86 32 "i686";
        x86_64 = x86 64 "x86-64";
      }
      // family "power" bigEndian {
        powerpc = 32;
        powerpc64 = 64;
      }
      // family "power" littleEndian {
        powerpcle = 32;
        powerpc64le = 64;
      }
      // family "mips" bigEndian {
        mips = 32;
        mips64 = 64;
      }
      // family "mips" littleEndian {
        mipsel = 32;
        mips64el = 64;
      }
      // family "microblaze" bigEndian { microblaze = 32; }
      // family "microblaze" littleEndian { microblazeel = 32; }
      // family "riscv" littleEndian {
        riscv32 = 32;
        riscv64 = 64;
      }
      // family "s390" bigEndian {
        s390 = 32;
        s390x = 64;
      }
      // family "sparc" bigEndian {
        sparc = 32;
        sparc64 = 64;
      }
      // family "wasm" littleEndian {
        wasm32 = 32;
        wasm64 = 64;
      }
      // family "alpha" littleEndian { alpha = 64; }
      // family "arc" littleEndian { arc = 32; }
      // family "javascript" littleEndian { javascript = 32; }
      // family "loongarch" littleEndian { loongarch64 = 64; }
      // family "m68k" bigEndian { m68k = 32; }
      // family "mmix" bigEndian { mmix = 64; }
      // family "msp430" littleEndian { msp430 = 16; }
      // family "or1k" bigEndian { or1k = 32; }
      // family "rx" littleEndian { rx = 32; }
      // family "sh" littleEndian { sh4 = 32; }
      // family "vc4" littleEndian { vc4 = 32; }
      # One byte has no order.
      // {
        avr = {
          bits = 8;
          family = "avr";
        };
      }
    )
    # Apple's name.
    // { arm64 = cpuTypes.aarch64; };

  vendors = only "vendor" [ "apple" "pc" "knuth" "w64" "none" "unknown" ];

  execFormats = only "exec-format" [ "aout" "elf" "macho" "pe" "wasm" "unknown" ];

  kernelFamilies = only "exec-format" [ "bsd" "darwin" ];

  kernels =
    let
      inherit (kernelFamilies) bsd darwin;
      with' = execFormat: families: {
        inherit families;
        execFormat = execFormats.${execFormat};
      };
      all = execFormat: families: names: lib.genAttrs names (_: with' execFormat families);
      own = named "kernel" (
        all "elf" { } [ "linux" "solaris" "redox" "genode" ]
        // all "elf" { inherit bsd; } [ "freebsd" "netbsd" "openbsd" ]
        // all "pe" { } [ "windows" "cygwin" "uefi" ]
        // all "wasm" { } [ "wasi" ]
        // all "unknown" { } [ "none" "ghcjs" "mmixware" ]
        // {
          ios = with' "macho" { inherit darwin; };
          macos = with' "macho" { inherit darwin; } // { name = "darwin"; };
        }
      );
    in
    own
    // {
      darwin = own.macos;
      watchos = own.ios;
      tvos = own.ios;
      win32 = own.windows;
    };

  abis =
    let
      embedded = float: {
        inherit float;
        eabi = true;
      };
      not = applies: message: {
        assertion = platform: !(applies platform);
        inherit message;
      };
    in
    named "abi" {
      msvc = { };
      elf = { };
      unknown = { };
      eabi = embedded "soft";
      eabihf = embedded "hard";

      android.assertions = [
        (not
          (platform: platform.isAarch32)
          "The \"android\" ABI is not for 32-bit ARM. Use \"androideabi\" instead.\n"
        )
      ];
      androideabi.eabi = true;

      gnu.assertions = [
        (not
          (platform: platform.isAarch32)
          "The \"gnu\" ABI is ambiguous on 32-bit ARM. Use \"gnueabi\" or \"gnueabihf\" instead.\n"
        )
        (not
          (platform: platform.isPower64 && platform.isBigEndian)
          "The \"gnu\" ABI is ambiguous on big-endian 64-bit PowerPC. Use \"gnuabielfv2\" or \"gnuabielfv1\" instead.\n"
        )
      ];
      gnueabi = embedded "soft";
      gnueabihf = embedded "hard";
      gnuabi64.abi = "64";
      gnuabin32.abi = "n32";
      gnuabielfv1.abi = "elfv1";
      gnuabielfv2.abi = "elfv2";

      musl = { };
      musleabi = embedded "soft";
      musleabihf = embedded "hard";
      muslabi64.abi = "64";
      muslabin32.abi = "n32";

      uclibc = { };
      uclibceabi = embedded "soft";
      uclibceabihf = embedded "hard";
    };
}

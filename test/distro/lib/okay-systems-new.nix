{ lib ? import ../../../distro/lib }:
with lib;
let
  inherit (systems) elaborate parse;
  scrub = system: removeAttrs system (systems.functionNames ++ [ "_withoutFunctions" "linux-kernel" "debianArch" "nim" ]);
  short = name: let s = elaborate name; in [ s.config s.libc s.linuxArch s.qemuArch s.efiArch s.uname.processor
    s.rust.rustcTargetSpec s.go.GOARCH (s.libDir) s.extensions.executable ];
  holds = name: filter (predicate: (elaborate name).${predicate}) (filter (hasPrefix "is") (attrNames (elaborate name)));
in
{
  all = scrub (elaborate "x86_64-linux");
  short = genAttrs [ "x86_64-linux" "aarch64-linux" "i686-linux" "armv7l-linux" "riscv64-linux" "powerpc64le-linux"
    "s390x-linux" "mips64el-linux" "loongarch64-linux" "x86_64-darwin" "aarch64-darwin" "x86_64-windows" "x86_64-freebsd"
    "x86_64-cygwin" "wasm32-wasi" ] short;
  holds = map holds [ "riscv64-linux" "aarch64-darwin" "x86_64-windows" ];
  byConfig = map (config: (elaborate { inherit config; }).system)
    [ "aarch64-unknown-linux-musl" "x86_64-w64-mingw32" "arm-none-eabi" "arm64-apple-ios" "avr" "riscv32-none-elf" ];
  unknown = map (name: (builtins.tryEval (elaborate name).system).success)
    [ "x86_64" "pdp11-linux" "a-b-c" "a-b-c-d-e" "powerpc64-linux-gnu" ];
  given = let s = elaborate { system = "x86_64-linux"; libc = "other"; isStatic = true; };
  in [ s.libc s.extensions.library s.hasSharedLibraries ];
  again = systems.equals (elaborate "x86_64-linux") (elaborate (elaborate "x86_64-linux"));
  runs = map (pair: (elaborate (head pair)).canExecute (elaborate (last pair)))
    [ [ "x86_64-linux" "i686-linux" ] [ "i686-linux" "x86_64-linux" ] [ "aarch64-linux" "armv7l-linux" ]
    [ "aarch64-linux" { system = "aarch64-linux"; gcc.arch = "armv8-a"; } ] [ "x86_64-linux" "x86_64-darwin" ] ];
  architectures = with systems.architectures; [ (canExecute "haswell" "x86-64") (canExecute "x86-64" "haswell")
    (canExecute "znver4" "x86-64-v4") (hasInferior "ampere1a" "armv8-a") (predicates.avx2Support "haswell")
    (predicates.avx2Support "nehalem") (predicates.sse4_aSupport "znver1") ];
  emulators =
    let pkgs = { stdenv.hostPlatform = elaborate "x86_64-linux"; qemu-user = "QEMU";
      writeShellScriptBin = name: _: { type = "derivation"; inherit name; outPath = "BIN"; meta.mainProgram = name; }; };
    in map (name: let s = elaborate name; in if s.emulatorAvailable pkgs then s.emulator pkgs else null)
      [ "x86_64-linux" "i686-linux" "riscv64-linux" "x86_64-darwin" ];
  doubles = mapAttrs (_: length) systems.doubles;
  flakes = systems.flakeExposed;
  musl = map (name: parse.tripleFromSystem (parse.mkMuslSystem (elaborate name).parsed))
    [ "x86_64-linux" "armv7l-linux" "powerpc64le-linux" ];
  patterns = systems.inspect.patternLogicalAnd systems.inspect.patterns.isx86_64 { kernel.name = "linux"; };
  available = map (meta.availableOn (elaborate "x86_64-linux"))
    [ { } { meta.platforms = platforms.linux; } { meta.platforms = platforms.darwin; }
    { meta.platforms = [ systems.inspect.patterns.isx86 ];
      meta.badPlatforms = [ systems.inspect.platformPatterns.isStatic ]; } { meta.badPlatforms = [ "x86_64-linux" ]; } ];
}

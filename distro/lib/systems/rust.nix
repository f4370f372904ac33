# What Rust calls a system.
{ lib }:

given: final:
let
  inherit (builtins) isList;
  inherit (lib) hasInfix hasPrefix hasSuffix optional optionalString;
  inherit (final.parsed) abi cpu kernel vendor;

  # `rustc` is an older name.
  said = given.rust or given.rustc or { };
  hasPlatform = said ? platform;

  target =
    let
      processor =
        said.platform.arch or {
          armv7a = "armv7";
          armv7l = "armv7";
          armv6l = "arm";
          armv5tel = "armv5te";
          riscv32 = "riscv32gc";
          riscv64 = "riscv64gc";
        }.${cpu.name} or cpu.name;
      # Rust has one name for both of POWER's ABIs.
      interface =
        if hasPrefix "powerpc" cpu.name && hasPrefix "gnuabielfv" abi.name then "gnu" else abi.name;
    in
    if final.isWasi then
      "${processor}-wasip1"
    else
      "${processor}-${final.rust.platform.vendor}-${kernel.name}${optionalString (abi.name != "unknown") "-${interface}"}";

  family =
    let
      old = given.rustc.platform.target-family;
    in
    given.rust.platform.target-family or (
      if given ? rustc.platform.target-family then
        (if isList old then old else [ old ])
      else
        optional final.isUnix "unix"
        ++ optional final.isWindows "windows"
        ++ optional final.isWasm "wasm"
    );
in
said
// {
  platform =
    said.platform or (
      if hasSuffix ".json" (said.rustcTargetSpec or "") then
        lib.importJSON said.rustcTargetSpec
      else
        { }
    )
    // {
      arch =
        if hasPlatform then
          said.platform.arch
        else if final.isAarch32 then
          "arm"
        else if final.isMips64 then
          "mips64"
        else if final.isPower64 then
          "powerpc64"
        else
          cpu.name;
      os =
        if hasPlatform then
          said.platform.os or "none"
        else if final.isDarwin then
          "macos"
        else if final.isWasm && !final.isWasi then
          "unknown"
        else
          kernel.name;
      target-family = family;
      vendor = said.platform.vendor or (if vendor.name == "w64" then "pc" else vendor.name);
    };

  # The target's name, or the file that describes it.
  rustcTargetSpec =
    given.rust.rustcTargetSpec or given.rustc.config or (
      if hasPlatform then
        builtins.toFile "${said.rustcTarget or target}.json" (builtins.toJSON said.platform)
      else
        given.rust.rustcTarget or target
    );
  rustcTarget = said.rustcTarget or final.rust.cargoShortTarget;
  # As Cargo's folders are called.
  cargoShortTarget = lib.removeSuffix ".json" (baseNameOf "${final.rust.rustcTargetSpec}");
  # As Cargo's variables are called.
  cargoEnvVarTarget = lib.replaceStrings [ "-" ] [ "_" ] (lib.toUpper final.rust.cargoShortTarget);
  isNoStdTarget = builtins.any (part: hasInfix part final.rust.rustcTarget) [
    "-none"
    "nvptx"
    "switch"
    "-uefi"
  ];
}

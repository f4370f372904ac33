# Running a system's programs on another.
{ lib }:

final:
let
  # A program that runs those given to it, or null.
  select =
    pkgs:
    let
      host = pkgs.stdenv.hostPlatform;
    in
    if host.canExecute final then
      lib.getExe (pkgs.writeShellScriptBin "exec" ''exec "$@"'')
    else if final.isWindows then
      "${(pkgs.winePackagesFor "wine${toString final.parsed.cpu.bits}").minimal}/bin/wine"
    else if final.isLinux && host.isLinux && final.qemuArch != null then
      "${pkgs.qemu-user}/bin/qemu-${final.qemuArch}"
    else if final.isWasi then
      "${pkgs.wasmtime}/bin/wasmtime"
    else if final.isGhcjs then
      "${pkgs.nodejs-slim}/bin/node"
    else if final.isMmix then
      "${pkgs.mmixware}/bin/mmix"
    else
      null;
in
{
  emulatorAvailable = pkgs: select pkgs != null;
  # Without the host's libraries.
  staticEmulatorAvailable =
    pkgs: final.emulatorAvailable pkgs && (final.isLinux || final.isWasi || final.isMmix);
  emulator =
    pkgs:
    if final.emulatorAvailable pkgs then
      select pkgs
    else
      throw "Don't know how to run ${final.config} executables.";
}

# The menu that GRUB shows: one entry, for the system that the image is made of. The root device is set when this is read.
{ lib, config }:

let
  inherit (lib) any concatMapStringsSep concatStringsSep hasPrefix optionalString;
  inherit (config.system.build) toplevel;
  inherit (config.boot) kernelParams loader;
  grub = loader.grub or { };

  quote = word: if builtins.match "[A-Za-z0-9_=.,:/@%+-]+" word != null then word else "'${lib.replaceStrings [ "'" ] [ "'\\''" ] word}'";

  params = [ "init=${toplevel}/init" ] ++ kernelParams;

  # A console on the first serial line is one for the menu, too.
  serialParam = lib.findFirst (hasPrefix "console=ttyS0") null kernelParams;
  speed =
    let found = builtins.match "console=ttyS0,([0-9]+).*" serialParam;
    in if found == null then "115200" else builtins.head found;

  seconds = if loader.timeout or 5 == null then "-1" else toString (loader.timeout or 5);
in
''
  set default=0
  set timeout=${seconds}
''
+ optionalString (serialParam != null) ''
  serial --unit=0 --speed=${speed}
  terminal_input console serial
  terminal_output console serial
''
+ optionalString (grub.extraConfig or "" != "") "${grub.extraConfig}\n"
+ ''

  menuentry ${quote "${config.system.nixos.distroName} ${config.system.nixos.label}"} {
    linux ${toplevel}/kernel ${concatMapStringsSep " " quote params}
    initrd ${toplevel}/initrd
  }
''
+ optionalString (grub.extraEntries or "" != "") "\n${grub.extraEntries}\n"

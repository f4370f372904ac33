# Debian's release and NixOS's have names of their own: what modules compare is NixOS's, what a user sees is Debian's.
let
  s = import ./system.inc { };
  inherit (s) config lib;

  # The machinery's own modules are enough, and quick.
  small = v: (import ../nixos/system.inc [ { system.stateVersion = v; } ]).config;
  accepts = v: lib.all (a: a.assertion) (small v).assertions;
in
{
  inherit (config.system) debian;
  nixos = { inherit (config.system.nixos) release version label; };
  equal = config.system.nixos.release == lib.trivial.release;
  # As modules ask.
  recent = [ (lib.versionAtLeast config.system.nixos.version "25.05") (lib.versionAtLeast lib.version "25.05")
    (lib.versionOlder config.system.stateVersion "23.11") ];
  osRelease = config.environment.etc.os-release.text;
  greeting = config.services.getty.greetingLine;
  accepted = builtins.filter accepts [ "13.10" "16.09" "20.09" "21.11" "25.05" lib.trivial.release "26.05" ];
  refused = builtins.filter (v: !accepts v) [ "12" "13" "trixie" "25" "25.1" "25.11.1" "20.05" "23.06" "" ];
}

# The standard environment: bash as the builder, setup.sh with its phases, and the programs that those use. No compiler.
{ system }:
final: prev:

let
  initialPath = with final; [ coreutils findutils gnugrep gnused gnutar gzip bash ];

  mkDerivation =
    args:
    let
      attrs = builtins.removeAttrs args [ "passthru" "meta" ];
      drv = derivation (
        {
          inherit system;
          builder = "${final.bash}/bin/bash";
          args = [ "-e" (args.builder' or ./default-builder.sh) ];
          inherit (final) stdenv;
          outputs = [ "out" ];
        }
        // (if args ? pname then { name = "${args.pname}-${args.version}"; } else { })
        // attrs
      );
    in
    drv // { meta = args.meta or { }; } // args.passthru or { };
in
{
  stdenv = derivation {
    name = "stdenv-linux";
    inherit system initialPath;
    builder = "${final.bash}/bin/bash";
    args = [ "-e" ./make-stdenv.sh ];
    setup = ./setup.sh;
    PATH = "${final.coreutils}/bin";
  } // {
    inherit mkDerivation;
    shell = "${final.bash}/bin/bash";
    hostPlatform = final.lib.systems.elaborate system;
    buildPlatform = final.lib.systems.elaborate system;
    isLinux = true;
    cc = throw "this small nixpkgs has no compiler";
  };
}

# The versions in Debian's releases of software whose nixpkgs names carry versions: for errors that say which release has one.
{ lib }:

let
  releases = {
    bullseye = {
      version = "11";
      linux = [ "5.10" ];
      python = [ "3.9" ];
      gcc = [ "9" "10" ];
      llvm = [ "9" "11" "13" ];
      nodejs = [ "12" ];
      postgresql = [ "13" ];
      php = [ "7.4" ];
      ruby = [ "2.7" ];
      openjdk = [ "11" "17" ];
      lua = [ "5.1" "5.2" "5.3" "5.4" ];
      go = [ "1.11" "1.15" ];
      tcl = [ "8.6" ];
    };
    bookworm = {
      version = "12";
      linux = [ "6.1" ];
      python = [ "3.11" ];
      gcc = [ "11" "12" ];
      llvm = [ "13" "14" "15" "16" ];
      nodejs = [ "18" ];
      postgresql = [ "15" ];
      php = [ "8.2" ];
      ruby = [ "3.1" ];
      openjdk = [ "17" ];
      lua = [ "5.1" "5.2" "5.3" "5.4" ];
      go = [ "1.19" ];
      tcl = [ "8.6" ];
    };
    trixie = {
      version = "13";
      linux = [ "6.12" ];
      python = [ "3.13" ];
      gcc = [ "12" "13" "14" ];
      llvm = [ "17" "18" "19" ];
      nodejs = [ "20" ];
      postgresql = [ "17" ];
      php = [ "8.4" ];
      ruby = [ "3.3" ];
      openjdk = [ "21" "25" ];
      lua = [ "5.1" "5.2" "5.3" "5.4" ];
      go = [ "1.23" "1.24" ];
      tcl = [ "8.6" "9.0" ];
    };
    forky = {
      version = "14";
      linux = [ "7.2" ];
      python = [ "3.13" "3.14" "3.15" ];
      gcc = [ "12" "13" "14" "15" "16" ];
      llvm = [ "21" "22" ];
      nodejs = [ "24" ];
      postgresql = [ "18" ];
      php = [ "8.4" ];
      ruby = [ "3.3" ];
      openjdk = [ "21" "25" "26" "27" "28" ];
      lua = [ "5.1" "5.2" "5.3" "5.4" "5.5" ];
      go = [ "1.26" "1.27" ];
      tcl = [ "8.6" "9.0" "9.1" ];
    };
  };
in
suite: {
  inherit suite;
  version = releases.${suite}.version or suite;
  # Other releases that have this version of the family: [ "bullseye" ].
  withVersion =
    family: version:
    builtins.filter (
      name: name != suite && builtins.elem version (releases.${name}.${family} or [ ])
    ) (builtins.attrNames releases);
}

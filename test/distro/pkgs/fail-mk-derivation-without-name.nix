let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
(pkgs.stdenv.mkDerivation { version = "1"; }).drvPath

let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
(pkgs.rustPlatform.buildRustPackage { pname = "hello"; version = "1"; src = ./.; }).drvPath

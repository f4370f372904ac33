let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
(pkgs.buildGoModule { pname = "hello"; version = "1"; src = ./.; }).goModules.drvPath

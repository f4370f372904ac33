let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
(pkgs.python3Packages.buildPythonPackage { pname = "hello"; version = "1"; src = ./.; format = "egg"; }).drvPath

let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.fetchurl { url = "mirror://nowhere/x"; hash = lib.fakeHash; }

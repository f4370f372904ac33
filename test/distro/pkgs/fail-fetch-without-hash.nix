let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.fetchurl { url = "https://example.org/x"; }

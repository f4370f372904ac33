let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.linuxPackages_5_15.kernel

let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs
  { inherit lib; archive = import ./archive.inc { extra.postal = [ ]; }; }; in
pkgs.postal

let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs
  { inherit lib; archive = import ./archive.inc { extra.serf = [ ]; extra.libserf-1-1 = [ ]; }; }; in
pkgs.serf

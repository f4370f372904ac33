let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.fetchNpmDeps { hash = lib.fakeHash; fetcherVersion = 2; src = ./.; }

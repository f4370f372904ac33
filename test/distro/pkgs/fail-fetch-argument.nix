let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.fetchFromGitHub { owner = "a"; repo = "b"; rev = "c"; hash = lib.fakeHash; leaveDotGit = true; }

let lib = import ../../../distro/lib; in
(lib.evalModules {
  modules = [
    {
      imports = [
        ./sets-x.inc
        ./is-not-there.nix
      ];
    }
  ];
}).config

let lib = import ../../../distro/lib; in
(lib.evalModules { class = "nixos"; modules = [ { _file = "home.nix"; _class = "homeManager"; } ]; }).config

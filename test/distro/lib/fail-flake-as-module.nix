let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { _type = "flake"; outPath = "/x"; } ]; }).config

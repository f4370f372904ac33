let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ 5 ]; }).config

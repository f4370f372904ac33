let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.env = lib.mkOption { type = lib.types.attrsOf lib.types.str; }; }
      { env = { A = "x"; B = { }; }; } ]; }).config.env.B

let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ ({ lib, inputs, ... }: { options.a = lib.mkOption { default = inputs.x; }; }) ];
    specialArgs.self = 1; }).config.a

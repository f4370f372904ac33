(import ./system.inc ({ modulesPath, ... }: { imports = [ "${modulesPath}/profiles/perlless.nix" ]; })).checked

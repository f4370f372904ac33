(import ./system.inc ({ lib, ... }: { fileSystems = lib.mkForce { }; })).checked

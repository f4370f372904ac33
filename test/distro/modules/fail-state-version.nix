(import ./system.inc ({ lib, ... }: { system.stateVersion = lib.mkForce "13"; })).checked

# Of text and source the one with the higher priority is the content.
let
  system = import ./system.inc ({ lib, ... }: {
    environment.etc.forced = { text = lib.mkForce "text"; source = "/run/source"; };
    environment.etc.default = { text = lib.mkDefault "text"; source = "/run/source"; };
    environment.etc.replaced = { text = "text"; source = lib.mkForce "/run/source"; };
    environment.etc.instead = { text = "text"; source = lib.mkDefault "/run/source"; };
    environment.etc.none = { text = null; source = "/run/source"; };
  });
in
builtins.filter (e: builtins.elem e.path (map (n: "etc/${n}") [ "forced" "default" "replaced" "instead" "none" ]))
  system.config.system.build.etc.entries

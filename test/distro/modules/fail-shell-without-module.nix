(import ./system.inc ({ pkgs, ... }: {
  users.users.tarn = { isNormalUser = true; shell = pkgs.zsh; };
  users.users.rose = { isNormalUser = true; shell = "/usr/bin/fish"; };
  users.users.fern = { isNormalUser = true; shell = "/usr/bin/zsh"; ignoreShellProgramCheck = true; };
  users.users.reed = { isNormalUser = true; shell = "${pkgs.zsh}/bin/zsh"; };
  users.users.moss = { isNormalUser = true; };
})).checked

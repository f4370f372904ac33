# What is for all shells is in the files of each of them, and what is one shell's is not in another's.
let
  system = import ./system.inc {
    environment.shellAliases.all = "echo 'all'";
    environment.interactiveShellInit = "export FROM_ALL=1";
    environment.loginShellInit = "login_code";
    programs.bash = { shellAliases.b = "bash-only"; shellInit = "bash_init"; };
    programs.zsh = { enable = true; shellAliases.z = "zsh-only"; promptInit = "zsh_prompt"; syntaxHighlighting.enable = true; };
    programs.fish = { enable = true; shellAbbrs.gco = "git checkout"; interactiveShellInit = "fish_init"; };
  };
  inherit (system) config lib;
  has = name: lib.genAttrs [ "alias -- all=" "alias 'all'" "FROM_ALL" "login_code" "bash-only" "bash_init" "zsh-only"
    "zsh_prompt" "git checkout" "fish_init" ]
    (part: lib.hasInfix part config.environment.etc.${name}.text);
in
{
  found = lib.mapAttrs (_: parts: lib.attrNames (lib.filterAttrs (_: yes: yes) parts))
    (lib.genAttrs [ "profile" "bashrc" "zsh/zshenv" "zsh/zprofile" "zsh/zshrc" "fish/config.fish" ] has);
  fish = lib.filter (line: lib.hasInfix "all" line || lib.hasInfix "gco" line)
    (lib.splitString "\n" config.environment.etc."fish/config.fish".text);
  inherit (config.environment) shells;
  packages = lib.filter (lib.hasPrefix "zsh") config.system.basePackages;
}

# git, its settings for all users, and what adds to it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.git;
  inherit (import ../../lib/formats { inherit lib; }) git;

  settings = types.attrsOf (types.attrsOf (pkgs.formats.json { }).type);
  text = git.configuration [ "programs" "git" "config" ];
in
{
  options.programs.git = {
    enable = lib.mkEnableOption "git";
    package = lib.mkPackageOption pkgs "git" { };
    config = mkOption {
      type = types.coercedTo settings lib.singleton (types.listOf settings) // {
        # Of several definitions those that are sets are one section of the file, as they would be without lists.
        merge =
          loc: defs:
          let
            sets = builtins.filter (d: !builtins.isList d.value) defs;
            lists = builtins.filter (d: builtins.isList d.value) defs;
          in
          lib.optional (sets != [ ]) (settings.merge loc sets)
          ++ lib.optionals (lists != [ ]) ((types.listOf settings).merge loc lists);
      };
      default = [ ];
      example = { init.defaultBranch = "main"; };
      description =
        "Settings of /etc/gitconfig by section, as in git-config(1). A list of such sets keeps them in its order.";
    };
    prompt.enable =
      lib.mkEnableOption
        "the shell functions of git-prompt.sh in interactive shells, which leave the prompt as it is";
    lfs = {
      enable = lib.mkEnableOption "git-lfs, which keeps large files apart";
      package = lib.mkPackageOption pkgs "git-lfs" { };
      enablePureSSHTransfer =
        lib.mkEnableOption "git-lfs's protocol that needs SSH alone, through `git-lfs-transfer`";
    };
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      {
        environment.systemPackages = [ cfg.package ];
        environment.etc.gitconfig = mkIf (cfg.config != [ ]) {
          text = lib.concatMapStringsSep "\n" text cfg.config;
        };
      }
      (mkIf cfg.prompt.enable {
        environment.interactiveShellInit = ''
          if [ -n "$BASH_VERSION$ZSH_VERSION" ]; then . /usr/lib/git-core/git-sh-prompt; fi
        '';
      })
      (mkIf cfg.lfs.enable {
        environment.systemPackages = [ cfg.lfs.package ];
        programs.git.config =
          {
            filter.lfs = {
              clean = "git-lfs clean -- %f";
              smudge = "git-lfs smudge -- %f";
              process = "git-lfs filter-process";
              required = true;
            };
          }
          // lib.optionalAttrs cfg.lfs.enablePureSSHTransfer { lfs.sshtransfer = "always"; };
      })
    ]
  );
}

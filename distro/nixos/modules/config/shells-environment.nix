# The environment of shells: variables, aliases, /etc/profile and /etc/bashrc.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.environment;
  bash = config.programs.bash;
  inherit (import ../../lib/formats { inherit lib; }) shell text;

  variableType =
    with types; attrsOf (nullOr (oneOf [ (listOf (oneOf [ float int str ])) float int str path ]));
  asText = v: if builtins.isList v then lib.concatMapStringsSep ":" toString v else toString v;
  toTexts = lib.mapAttrs (_: v: if v == null then null else asText v);

  # One piece of shell code for each entry of a set of strings.
  each =
    write: option: set:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: write { inherit option name value; }) (
        lib.filterAttrs (_: v: v != null) set
      )
    );

  # As on NixOS, what is below the profiles comes after a variable's own value.
  exports =
    let
      add =
        all:
        { option, values }:
        all
        // lib.mapAttrs (
          name: value:
          if all ? ${name} then
            all.${name} // { value = "${all.${name}.value}:${value}"; }
          else
            { inherit option name value; }
        ) (lib.filterAttrs (_: value: value != null) values);
    in
    lib.concatMapStrings shell.export (
      lib.attrValues (
        lib.foldl' add { } [
          {
            option = "environment.variables";
            values = cfg.variables;
          }
          {
            option = "environment.profiles";
            values.PATH = lib.concatStringsSep ":" searchPath;
          }
          {
            option = "environment.profileRelativeEnvVars";
            values = belowProfiles cfg.profileRelativeEnvVars;
          }
          {
            option = "environment.profileRelativeSessionVariables";
            values = belowProfiles cfg.profileRelativeSessionVariables;
          }
        ]
      )
    );
  bashAliases = lib.mapAttrs (_: v: if v == null then null else toString v) bash.shellAliases;
  # programs.bash.shellAliases includes those of all shells; an error is to name the option that the user set.
  aliases =
    each shell.alias "environment.shellAliases" (
      builtins.intersectAttrs cfg.shellAliases bashAliases
    )
    + each shell.alias "programs.bash.shellAliases" (
      removeAttrs bashAliases (lib.attrNames cfg.shellAliases)
    );

  # Each of the paths below each of the profiles, the last of which has `environment.systemPackages`.
  belowProfiles = lib.mapAttrs (
    _: paths:
    lib.concatMapStringsSep ":" (
      profile: lib.concatMapStringsSep ":" (path: "${profile}${path}") paths
    ) (cfg.profiles ++ [ "/usr" ])
  );
  searchPath =
    lib.optional cfg.homeBinInPath "$HOME/bin"
    ++ lib.optional cfg.localBinInPath "$HOME/.local/bin"
    ++ map (p: "${p}/bin") cfg.profiles
    ++ [ "/usr/local/bin" "/usr/local/sbin" "/usr/bin" "/usr/sbin" "/usr/games" ];

  lines =
    default: description:
    mkOption {
      type = types.lines;
      inherit default description;
    };
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "environment" "stub-ld" "enable" ];
        type = types.bool;
        default = false;
        why = "programs made for Debian run as they are";
      }
      {
        path = [ "environment" "ldso" ];
        type = types.nullOr types.path;
        default = null;
        refused = true;
        why = "Debian's loader is there, at the paths of all architectures";
      }
      {
        path = [ "environment" "ldso32" ];
        type = types.nullOr types.path;
        default = null;
        refused = true;
        why = "there are no packages of i386";
      }
    ])
  ];

  options.environment = {
    variables = mkOption {
      type = variableType;
      default = { };
      example = {
        EDITOR = "nvim";
        VISUAL = "nvim";
      };
      apply = toTexts;
      description =
        "Environment variables that shells set when they start. A list is joined with colons; null leaves a variable out.";
    };
    sessionVariables = mkOption {
      type = variableType;
      default = { };
      apply = toTexts;
      example = { MOZ_ENABLE_WAYLAND = "1"; };
      description =
        "Environment variables that PAM sets at login, so that programs not started by a shell have them, too. `$HOME` "
        + "and `$USER` are not expanded.";
    };
    profiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/opt/example" ];
      description = "Directories whose `bin` comes before /usr/bin in PATH.";
    };
    profileRelativeEnvVars = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = { MANPATH = [ "/share/man" ]; };
      description =
        "Variables that list, for each of `environment.profiles`, the given paths below it.";
    };
    profileRelativeSessionVariables = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      description = "Like `profileRelativeEnvVars`.";
    };
    extraInit = lines "" "Shell code that login shells run once the environment variables are set.";
    shellInit = lines "" "Shell code that all shells run when they start.";
    loginShellInit = lines "" "Shell code that login shells run when they start.";
    interactiveShellInit = lines "" "Shell code that interactive shells run when they start.";
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      apply = lib.mapAttrs (_: v: if v == null then null else toString v);
      example = { ll = "ls -l"; };
      description = "Aliases of all interactive shells. null removes one.";
    };
    homeBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether PATH includes ~/bin.";
    };
    localBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether PATH includes ~/.local/bin.";
    };
    shells = mkOption {
      type = types.listOf (types.either types.shellPackage types.path);
      default = [ ];
      apply = map utils.toShellPath;
      example = lib.literalExpression "[ pkgs.zsh ]";
      description = "Shells that users may have as login shells (/etc/shells).";
    };
  };

  config.environment = {
    variables = lib.mkMerge [
      (lib.mapAttrs (_: lib.mkOptionDefault) cfg.sessionVariables)
      {
        EDITOR = lib.mkDefault "nano";
        PAGER = lib.mkDefault "less";
        LESS = lib.mkDefault "-FRX";
      }
    ];

    shellAliases = {
      ls = lib.mkDefault "ls --color=tty";
      ll = lib.mkDefault "ls -l";
      l = lib.mkDefault "ls -alh";
    };

    shells = [ "/bin/sh" "/bin/bash" "/usr/bin/bash" "/bin/dash" ];

    etc.shells.text = lib.concatMapStrings (
      path:
      "${text.uncommentedWord { option = "environment.shells"; file = "/etc/shells"; } path}\n"
    ) (lib.unique cfg.shells);

    # As on NixOS, everyone has sbin in PATH: it contains `poweroff` and `ip`.
    etc."set-environment".text = ''
      # Set once for a session: what starts below it inherits it.
      if [ -n "''${__BOOTFLAKE_ENVIRONMENT-}" ]; then return 0; fi
      export __BOOTFLAKE_ENVIRONMENT=1
      ${exports}
      ${cfg.extraInit}
    '';

    etc.profile.text = ''
      # Read by login shells.
      if [ -n "''${__ETC_PROFILE_SOURCED-}" ]; then return; fi
      __ETC_PROFILE_SOURCED=1
      . /etc/set-environment
      ${cfg.shellInit}
      ${cfg.loginShellInit}
      for script in /etc/profile.d/*.sh; do
        if [ -r "$script" ]; then . "$script"; fi
      done
      unset script
      if [ -r /etc/profile.local ]; then . /etc/profile.local; fi
      if [ -n "''${BASH_VERSION-}" ]; then . /etc/bashrc; fi
    '';

    etc.bashrc.text = ''
      # Read by bash.
      if [ -n "''${__ETC_BASHRC_SOURCED-}" ]; then return; fi
      __ETC_BASHRC_SOURCED=1
      if [ -z "''${__ETC_PROFILE_SOURCED-}" ]; then
        . /etc/set-environment
        ${cfg.shellInit}
      fi
      ${bash.shellInit}
      if shopt -q login_shell; then
        :
        ${bash.loginShellInit}
      fi
      if [ -n "''${PS1-}" ]; then
        shopt -s checkwinsize
        ${bash.promptInit}
        ${aliases}
        ${bash.interactiveShellInit}
        ${cfg.interactiveShellInit}
      fi
      if [ -r /etc/bashrc.local ]; then . /etc/bashrc.local; fi
    '';
    # Debian's bash is built to read this file.
    etc."bash.bashrc".text = ". /etc/bashrc\n";
  };
}

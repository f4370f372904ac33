# zsh: /etc/zsh, made from the options of all shells and its own.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag lines;
  cfg = config.programs.zsh;
  shared = config.environment;
  inherit (import ../../lib/formats { inherit lib; }) shell text;

  aliases = lib.concatStrings (
    lib.mapAttrsToList (
      name: value:
      shell.alias {
        option = "programs.zsh.shellAliases";
        inherit name;
        value = toString value;
      }
    ) (lib.filterAttrs (_: v: v != null) cfg.shellAliases)
  );

  option = text.restrict "[a-zA-Z_]+" "anything but letters and `_'" {
    option = "programs.zsh.setOptions";
    file = "zshrc";
  };
  word =
    name:
    text.restrict "[a-z_]+" "anything but small letters and `_'" {
      option = "programs.zsh.${name}";
      file = "zshrc";
    };
  # A word in single quotes.
  quoted =
    name: value:
    "'${
      text.restrict "[^'[:cntrl:]]*" "a quote, a line break or another control character" {
        option = "programs.zsh.${name}";
        file = "zshrc";
      } value
    }'";
  variable =
    name:
    text.variableName {
      option = "programs.zsh.autosuggestions.extraConfig";
      file = "zshrc";
    } name;
  pairs =
    variable: name: set:
    lib.concatStrings (
      lib.mapAttrsToList (
        key: value: "${variable}+=(${quoted name key} ${quoted name value})\n"
      ) set
    );
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "zsh" "enableAutosuggestions" ]
      [ "programs" "zsh" "autosuggestions" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "programs" "zsh" "enableSyntaxHighlighting" ]
      [ "programs" "zsh" "syntaxHighlighting" "enable" ]
    )
  ];

  options.programs.zsh = {
    enable =
      lib.mkEnableOption
        "zsh, an interactive shell that also reads the options of `environment` for all shells";
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      example = { gs = "git status"; };
      description =
        "Aliases of interactive zsh shells, in addition to `environment.shellAliases`. null removes one.";
    };
    shellInit = lines "Code that every zsh shell runs when it starts.";
    loginShellInit = lines "Code that login shells run when they start, if they are zsh.";
    interactiveShellInit =
      lines "Code that interactive shells run when they start, if they are zsh.";
    promptInit = mkOption {
      type = types.lines;
      default = ''
        # A prompt of Debian's zsh that also works on terminals without colours.
        autoload -U promptinit && promptinit && prompt suse && setopt prompt_sp
      '';
      description = "Code that sets the prompt of interactive zsh shells.";
    };
    histSize = mkOption {
      type = types.int;
      default = 2000;
      description = "How many commands the history keeps.";
    };
    histFile = mkOption {
      type = types.str;
      default = "$HOME/.zsh_history";
      description = "The file in which the history is kept.";
    };
    setOptions = mkOption {
      type = types.listOf types.str;
      default = [ "HIST_IGNORE_DUPS" "SHARE_HISTORY" "HIST_FCNTL_LOCK" ];
      example = [ "EXTENDED_HISTORY" "RM_STAR_WAIT" ];
      description = "Options of zsh to set, as in zshoptions(1).";
    };
    enableCompletion = flag true "Whether commands and their arguments are completed (compinit).";
    enableBashCompletion =
      flag false "Whether completions that are written for bash work, too (bashcompinit).";
    enableGlobalCompInit = mkOption {
      type = types.bool;
      default = cfg.enableCompletion;
      defaultText = lib.literalExpression "config.programs.zsh.enableCompletion";
      description =
        "Whether completion is initialised for all users. Turn it off where users' own files call `compinit`.";
    };
    enableLsColors = flag true "Whether lists of files, by `ls` and in completions, are coloured.";
    autosuggestions = {
      enable =
        flag
          false
          "Whether zsh suggests how a command may go on while it is typed (zsh-autosuggestions).";
      strategy = mkOption {
        type = types.listOf types.str;
        default = [ "history" ];
        example = [ "history" "completion" ];
        description =
          "Where suggestions come from; later sources are tried if earlier ones have none.";
      };
      highlightStyle = mkOption {
        type = types.str;
        default = "fg=8";
        example = "fg=cyan,bold";
        description = "How suggestions look, as in zshzle(1) under CHARACTER HIGHLIGHTING.";
      };
      extraConfig = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { ZSH_AUTOSUGGEST_BUFFER_MAX_SIZE = "20"; };
        description = "Further variables that zsh-autosuggestions reads.";
      };
    };
    syntaxHighlighting = {
      enable =
        flag
          false
          "Whether commands are coloured by their syntax while they are typed (zsh-syntax-highlighting).";
      highlighters = mkOption {
        type = types.listOf types.str;
        default = [ "main" ];
        example = [ "main" "brackets" ];
        description = "The highlighters to use: each colours one aspect of a command.";
      };
      patterns = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { "rm -rf *" = "fg=white,bold,bg=red"; };
        description =
          "Patterns of commands, and how what matches them looks; for the highlighter `pattern`.";
      };
      styles = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { alias = "fg=magenta,bold"; };
        description = "How what the highlighters find looks, by the names of their styles.";
      };
    };
  };

  config = lib.mkIf cfg.enable {
    programs.zsh.shellAliases = lib.mapAttrs (_: lib.mkDefault) shared.shellAliases;

    environment.systemPackages = [ pkgs.zsh ];
    environment.shells = [ "/usr/bin/zsh" "/bin/zsh" ];
    system.basePackages =
      lib.optional cfg.autosuggestions.enable "zsh-autosuggestions"
      ++ lib.optional cfg.syntaxHighlighting.enable "zsh-syntax-highlighting";

    environment.etc."zsh/zshenv".text = ''
      # Every zsh reads this file.
      if [ -n "''${__ETC_ZSHENV_SOURCED-}" ]; then return; fi
      __ETC_ZSHENV_SOURCED=1
      . /etc/set-environment
      # Replaces the questions that zsh asks a user without startup files: /etc/zsh/zshrc has what it would write.
      zsh-newuser-install() { :; }
      ${shared.shellInit}
      ${cfg.shellInit}
      if [ -r /etc/zsh/zshenv.local ]; then . /etc/zsh/zshenv.local; fi
    '';

    environment.etc."zsh/zprofile".text = ''
      # Login zshs read this file.
      if [ -n "''${__ETC_ZPROFILE_SOURCED-}" ]; then return; fi
      __ETC_ZPROFILE_SOURCED=1
      ${shared.loginShellInit}
      ${cfg.loginShellInit}
      if [ -r /etc/zsh/zprofile.local ]; then . /etc/zsh/zprofile.local; fi
    '';

    environment.etc."zsh/zshrc".text = ''
      # Interactive zshs read this file.
      if [ -n "''${__ETC_ZSHRC_SOURCED-}" ]; then return; fi
      __ETC_ZSHRC_SOURCED=1

      ${lib.optionalString (cfg.setOptions != [ ]) "setopt ${lib.concatMapStringsSep " " option cfg.setOptions}"}
      SAVEHIST=${toString cfg.histSize}
      HISTSIZE=${toString cfg.histSize}
      ${
        shell.assign {
          option = "programs.zsh.histFile";
          name = "HISTFILE";
          value = text.line { option = "programs.zsh.histFile"; file = "zshrc"; } cfg.histFile;
        }
      }

      # Emacs' keys, and the terminal's own.
      bindkey -e
      for key in khome:beginning-of-line kend:end-of-line kdch1:delete-char; do
        if [ -n "''${terminfo[''${key%%:*}]-}" ]; then bindkey -- "''${terminfo[''${key%%:*}]}" "''${key#*:}"; fi
      done
      unset key

      ${lib.optionalString cfg.enableGlobalCompInit "autoload -U compinit && compinit"}
      ${lib.optionalString cfg.enableBashCompletion "autoload -U bashcompinit && bashcompinit"}
      ${
        lib.optionalString cfg.enableLsColors ''
          eval "$(dircolors -b)"
          zstyle ':completion:*:default' list-colors "''${(s.:.)LS_COLORS}"
        ''
      }
      ${
        lib.optionalString cfg.autosuggestions.enable ''
          ZSH_AUTOSUGGEST_STRATEGY=(${lib.concatMapStringsSep " " (word "autosuggestions.strategy") cfg.autosuggestions.strategy})
          ZSH_AUTOSUGGEST_HIGHLIGHT_STYLE=${quoted "autosuggestions.highlightStyle" cfg.autosuggestions.highlightStyle}
          ${
            lib.concatStrings (
              lib.mapAttrsToList (
                name: value:
                "export ${variable name}=${quoted "autosuggestions.extraConfig" value}\n"
              ) cfg.autosuggestions.extraConfig
            )
          }
          . /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh
        ''
      }
      ${shared.interactiveShellInit}
      ${cfg.interactiveShellInit}
      ${aliases}
      ${cfg.promptInit}
      # Last, as it wraps every widget that is defined before it.
      ${
        lib.optionalString cfg.syntaxHighlighting.enable ''
          . /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh
          ZSH_HIGHLIGHT_HIGHLIGHTERS=(${
            lib.concatMapStringsSep
              " "
              (word "syntaxHighlighting.highlighters")
              cfg.syntaxHighlighting.highlighters
          })
          ${pairs "ZSH_HIGHLIGHT_PATTERNS" "syntaxHighlighting.patterns" cfg.syntaxHighlighting.patterns}
          ${
            lib.optionalString (cfg.syntaxHighlighting.styles != { }) ''
              typeset -A ZSH_HIGHLIGHT_STYLES
              ${pairs "ZSH_HIGHLIGHT_STYLES" "syntaxHighlighting.styles" cfg.syntaxHighlighting.styles}
            ''
          }
        ''
      }
      if [ "$TERM" = dumb ]; then unsetopt zle prompt_cr prompt_subst; PS1='$ '; fi
      if [ -r /etc/zsh/zshrc.local ]; then . /etc/zsh/zshrc.local; fi
    '';
  };
}

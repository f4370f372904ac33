# bash, the default shell.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) lines;
  cfg = config.programs.bash;
in
{
  imports = [
    (lib.mkAliasOptionModule
      [ "programs" "bash" "enableCompletion" ]
      [ "programs" "bash" "completion" "enable" ]
    )
  ];

  options.programs.bash = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether bash is installed. It always is, as Debian's own scripts need it.";
    };
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      example = { gs = "git status"; };
      description =
        "Aliases of interactive bash shells, in addition to `environment.shellAliases`. null removes one.";
    };
    shellInit = lines "Shell code that every bash shell runs when it starts.";
    loginShellInit = lines "Shell code that login shells run when they start, if they are bash.";
    interactiveShellInit =
      lines "Shell code that interactive shells run when they start, if they are bash.";
    promptInit = mkOption {
      type = types.lines;
      default = ''
        # A prompt in colour, unless the terminal is too simple or asks for none.
        if [ "$TERM" != dumb ] || [ -n "$INSIDE_EMACS" ]; then
          PROMPT_COLOR='1;31m'
          (( UID )) && PROMPT_COLOR='1;32m'
          if [ -n "$INSIDE_EMACS" ]; then
            PS1="\n\[\033[$PROMPT_COLOR\][\u@\h:\w]\\$\[\033[0m\] "
          else
            PS1="\n\[\033[$PROMPT_COLOR\][\[\e]0;\u@\h: \w\a\]\u@\h:\w]\\$\[\033[0m\] "
          fi
          if test "$TERM" = "xterm"; then
            PS1="\[\033]2;\h:\u:\w\007\]$PS1"
          fi
        fi
      '';
      description = "Shell code that sets the prompt of interactive bash shells.";
    };
    enableLsColors = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether `ls` shows kinds of files in their own colours in interactive bash shells.";
    };
    completion.enable = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether bash completes the arguments of commands, with Debian's package bash-completion.";
    };
  };

  config = lib.mkIf cfg.enable {
    programs.bash.shellAliases = lib.mapAttrs (_: lib.mkDefault) config.environment.shellAliases;
    system.basePackages = lib.optional cfg.completion.enable "bash-completion";
    programs.bash.interactiveShellInit = lib.mkMerge [
      (lib.mkIf cfg.enableLsColors ''
        eval "$(dircolors -b)"
      '')
      (lib.mkIf cfg.completion.enable ''
        # Reading the package's code takes seconds in an emulated machine, so it is read at the first completion. Bash then looks for the
        # command's completion again (status 124), but not for a new default, which is called here.
        if shopt -q progcomp && [ -r /usr/share/bash-completion/bash_completion ]; then
          __read_completions() {
            complete -r -D
            . /usr/share/bash-completion/bash_completion
            local own="''${XDG_CONFIG_HOME:-$HOME/.config}/bash_completion"
            if [ -r "$own" ]; then . "$own"; fi
            [[ $(complete -p -D 2>/dev/null) =~ \ -F\ ([^ ]+) ]] && "''${BASH_REMATCH[1]}" "$@"
          }
          complete -D -F __read_completions -o bashdefault -o default
        fi
      '')
    ];
    # Debian's file of this name reads it at every login.
    environment.etc."profile.d/bash_completion.sh" = lib.mkIf cfg.completion.enable {
      text = "# See /etc/bashrc.\n";
    };
  };
}

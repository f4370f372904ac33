# tmux, with /etc/tmux.conf.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.programs.tmux;

  number =
    default: description:
    mkOption {
      type = types.ints.unsigned;
      inherit default description;
    };
  onOff = v: if v then "on" else "off";
  # A word in tmux's own quotes, which end neither the word nor the line.
  word =
    name:
    (import ../../lib/formats { inherit lib; }).text.restrict
      "[^[:space:][:cntrl:]'\"\\;{}#$~]+"
      "blanks, quotes or any of `\\;{}#$~', nor be empty"
      {
        option = "programs.tmux.${name}";
        file = "/etc/tmux.conf";
      };
  key = word "shortcut" cfg.shortcut;

  navigation =
    lib.concatMapStrings
      (
        {
          small,
          large,
          side,
        }:
        ''
          bind ${small} select-pane -${side}
          bind -r ${large} resize-pane -${side} ${toString cfg.resizeAmount}
        ''
      )
      [
        {
          small = "h";
          large = "H";
          side = "L";
        }
        {
          small = "j";
          large = "J";
          side = "D";
        }
        {
          small = "k";
          large = "K";
          side = "U";
        }
        {
          small = "l";
          large = "L";
          side = "R";
        }
      ];

  configuration =
    ''
      set -g default-terminal ${word "terminal" cfg.terminal}
      set -g base-index ${toString cfg.baseIndex}
      setw -g pane-base-index ${toString cfg.baseIndex}
      set -g status-keys ${cfg.keyMode}
      set -g mode-keys ${cfg.keyMode}
      setw -g aggressive-resize ${onOff cfg.aggressiveResize}
      setw -g clock-mode-style ${if cfg.clock24 then "24" else "12"}
      set -s escape-time ${toString cfg.escapeTime}
      set -g history-limit ${toString cfg.historyLimit}
    ''
    + lib.optionalString cfg.newSession "new-session\n"
    + lib.optionalString cfg.reverseSplit "bind v split-window -h\nbind s split-window -v\n"
    + lib.optionalString (cfg.keyMode == "vi" && cfg.customPaneNavigationAndResize) navigation
    + lib.optionalString (cfg.shortcut != "b") ''
      unbind C-b
      set -g prefix C-${key}
      bind -N "Send the prefix key through to the application" ${key} send-prefix
      bind C-${key} last-window
    '';
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "tmux" "extraTmuxConf" ]
      [ "programs" "tmux" "extraConfig" ]
    )
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "programs" "tmux" "withUtempter" ];
        type = types.bool;
        default = true;
        why = "Debian's tmux always tells utempter who is logged in";
      }
    ])
  ];

  options.programs.tmux = {
    enable = lib.mkEnableOption "tmux";
    package = lib.mkPackageOption pkgs "tmux" { };
    aggressiveResize =
      flag
        false
        "Whether a window has the size of the smallest session that shows it, rather than of the smallest that it is in.";
    baseIndex = number 0 "The first number of windows and panes.";
    clock24 = flag false "Whether the clock has 24 hours.";
    customPaneNavigationAndResize =
      flag
        false
        "Whether h, j, k and l choose panes, and H, J, K and L change their size, if `keyMode` is `vi`.";
    escapeTime =
      number 500 "How long tmux waits for the rest of a key's sequence after an escape, in ms.";
    extraConfigBeforePlugins = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of /etc/tmux.conf before those that start `plugins`.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "set -g mouse on";
      description = "Lines at the end of /etc/tmux.conf, as in tmux(1).";
    };
    historyLimit = number 2000 "How many lines the history of a window keeps.";
    keyMode = mkOption {
      type = types.enum [ "emacs" "vi" ];
      default = "emacs";
      description = "Which editor's keys are used.";
    };
    newSession = flag false "Whether a session is made when there is none to attach to.";
    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages of tmux plugins, each with a `rtp` attribute: the file that starts it.";
    };
    resizeAmount = number 5 "By how many lines or columns panes are resized.";
    reverseSplit = flag false "Whether v splits a window into columns and s into lines, as in vi.";
    secureSocket = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether tmux's socket is below /run, which belongs to its user alone and ends with the last session, and not in /tmp.";
    };
    shortcut = mkOption {
      type = types.str;
      default = "b";
      example = "a";
      description = "The key that is tmux's prefix together with Ctrl.";
    };
    terminal = mkOption {
      type = types.str;
      default = "screen";
      example = "tmux-256color";
      description = "The value of TERM in windows.";
    };
  };

  config = mkIf cfg.enable {
    environment = {
      systemPackages = [ cfg.package ] ++ cfg.plugins;
      etc."tmux.conf".text =
        configuration
        + cfg.extraConfigBeforePlugins
        + lib.concatMapStrings (plugin: "run-shell ${plugin.rtp}\n") cfg.plugins
        + cfg.extraConfig;
      extraInit = mkIf cfg.secureSocket ''
        export TMUX_TMPDIR="''${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"
      '';
    };
  };
}

# smartd: what disks say about their own health.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.smartd;
  inherit (cfg) notifications;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  at = option: {
    option = "services.smartd.${option}";
    file = "smartd.conf";
  };
  inherit (config.networking) domain hostName;
  host = hostName + lib.optionalString (domain != null) ".${domain}";
  quote = lib.escapeShellArg;

  # smartd calls it with what it found in variables.
  notify = pkgs.writeShellScript "smartd-notify" (
    lib.optionalString notifications.mail.enable ''
      {
        printf 'From: smartd on %s <%s>\nTo: undisclosed-recipients:;\nSubject: %s: %s on %s\n\n%s\n\n' \
          ${quote host} ${quote (text.line (at "notifications.mail.sender") notifications.mail.sender)} \
          'SMART error' "$SMARTD_FAILTYPE" "$SMARTD_DEVICESTRING" "$SMARTD_FULLMESSAGE"
        /usr/sbin/smartctl -a -d "$SMARTD_DEVICETYPE" "$SMARTD_DEVICE"
      } | ${quote notifications.mail.mailer} -i ${quote notifications.mail.recipient}
    ''
    + lib.optionalString notifications.wall.enable ''
      printf 'Problem with disk %s. smartd says:\n\n%s\n' "$SMARTD_DEVICESTRING" "$SMARTD_MESSAGE" | wall 2> /dev/null
    ''
    + lib.optionalString notifications.systembus-notify.enable ''
      dbus-send --system / net.nuetzlich.SystemNotifications.Notify \
        "string:Problem with disk $SMARTD_DEVICESTRING" "string:$SMARTD_MESSAGE"
    ''
  );
  notifies =
    notifications.mail.enable || notifications.wall.enable || notifications.systembus-notify.enable;
  directive = lib.optionalString notifies (
    "-m <nomailer> -M exec ${notify} " + lib.optionalString notifications.test "-M test "
  );

  configuration = pkgs.writeText "smartd.conf" (
    "DEFAULT ${directive}${text.line (at "defaults.monitored") cfg.defaults.monitored}\n"
    + lib.concatMapStrings (
      d:
      "${text.word (at "devices.*.device") d.device} ${text.line (at "devices.*.options") d.options}\n"
    ) cfg.devices
    + lib.optionalString
      cfg.autodetect
      "DEVICESCAN ${directive}${text.line (at "defaults.autodetected") cfg.defaults.autodetected}\n"
  );
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "smartd" "notifications" "x11" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "messages on X11's screen need a program that is not part of a server. Use notifications.systembus-notify";
      }
      {
        path = [ "services" "smartd" "notifications" "x11" "display" ];
        type = types.str;
        default = ":0";
        why = "it is for notifications.x11, which is not available";
      }
    ])
  ];

  options.services.smartd = {
    enable = lib.mkEnableOption "smartd, which watches the health of disks";
    autodetect = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether all disks that are there when it starts are watched, not only those of `devices`.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-A /var/log/smartd/" "--interval=3600" ];
      description = "Further arguments, as in smartd(8).";
    };
    notifications = {
      mail = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether problems are mailed.";
        };
        sender = mkOption {
          type = types.str;
          default = "root";
          description = "The sender of those mails.";
        };
        recipient = mkOption {
          type = types.str;
          default = "root";
          description = "Who gets them.";
        };
        mailer = mkOption {
          type = types.path;
          default = "/usr/sbin/sendmail";
          description = "The program that sends them, with sendmail's arguments.";
        };
      };
      wall.enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether problems are shown on all terminals.";
      };
      systembus-notify.enable = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether problems are sent over the system's bus, from which a desktop shows them.";
      };
      test = mkOption {
        type = types.bool;
        default = false;
        description = "Whether a test notification is sent for each disk when smartd starts.";
      };
    };
    defaults = {
      monitored = mkOption {
        type = types.separatedString " ";
        default = "-a";
        example = "-a -o on -s (S/../.././02|L/../../7/04)";
        description = "What is watched of the disks in `devices`, as in smartd.conf(5).";
      };
      autodetected = mkOption {
        type = types.separatedString " ";
        default = cfg.defaults.monitored;
        defaultText = lib.literalExpression "config.services.smartd.defaults.monitored";
        description = "What is watched of other disks.";
      };
    };
    devices = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            device = mkOption {
              type = types.str;
              example = "/dev/sda";
              description = "The disk.";
            };
            options = mkOption {
              type = types.separatedString " ";
              default = "";
              example = "-d sat";
              description = "What else is said of it, as in smartd.conf(5).";
            };
          };
        }
      );
      default = [ ];
      example = [ { device = "/dev/sda"; } ];
      description = "Disks that are watched.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.autodetect || cfg.devices != [ ];
        message =
          "services.smartd has no disk to watch. Set services.smartd.autodetect = true, or name some in services.smartd.devices.";
      }
    ];
    environment.systemPackages = [ pkgs.smartmontools ];
    # Debian's database of drives is copied there when its package is installed.
    systemd.tmpfiles.rules = [
      "d /var/lib/smartmontools 0755 root root - -"
      "L+ /var/lib/smartmontools/drivedb - - - - /usr/share/smartmontools"
    ];
    systemd.services.smartd = {
      description = "Health of disks";
      wantedBy = [ "multi-user.target" ];
      aliases = [ "smartmontools.service" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = lib.concatStringsSep " " (
          [ "/usr/sbin/smartd --no-fork --configfile=${configuration}" ]
          # There may be no disk that says anything, in a virtual machine for one.
          ++ lib.optional cfg.autodetect "--quit=never"
          ++ map (text.line ((at "extraOptions") // { file = "a unit"; })) cfg.extraOptions
        );
        ExecReload = "/bin/kill -HUP $MAINPID";
      };
    };
  };
}

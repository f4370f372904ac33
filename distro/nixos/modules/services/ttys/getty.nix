# Login prompts on consoles.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.getty;

  baseArgs =
    [ "--login-program" cfg.loginProgram ]
    ++ lib.optionals (cfg.autologinUser != null) [ "--autologin" cfg.autologinUser ]
    ++ lib.optionals (cfg.loginOptions != null) [ "--login-options" cfg.loginOptions ]
    ++ cfg.extraArgs;

  # Debian's units run `agetty -o '-- \\u'`; these say who logs in, too.
  changed =
    cfg.autologinUser != null
    || cfg.loginOptions != null
    || cfg.extraArgs != [ ]
    || cfg.loginProgram != "/usr/bin/login";
  gettyCmd = args: "-/sbin/agetty ${utils.escapeSystemdExecArgs baseArgs} ${args}";
  execStart = args: lib.mkIf changed [ "" (gettyCmd args) ];
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "mingetty" "autologinUser" ]
      [ "services" "getty" "autologinUser" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "mingetty" "helpLine" ]
      [ "services" "getty" "helpLine" ]
    )
  ];

  options.services.getty = {
    autologinUser = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "root";
      description = "Who is logged in on every console without being asked.";
    };
    loginProgram = mkOption {
      type = types.path;
      default = "/usr/bin/login";
      description = "What asks for the password.";
    };
    loginOptions = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "-h darkstar -- \\u";
      description = "Its arguments.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--nohostname" ];
      description = "Further arguments of agetty.";
    };
    greetingLine = mkOption {
      type = types.str;
      default = ''<<< Welcome to bootflake ${config.system.nixos.label} (\m) - \l >>>'';
      defaultText =
        lib.literalExpression
          ''"<<< Welcome to bootflake ''${config.system.nixos.label} (\m) - \l >>>"'';
      description = "The first line above the prompt, with agetty's escapes.";
    };
    helpLine = mkOption {
      type = types.lines;
      default = "";
      description = "Lines between the greeting and the prompt.";
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.autologinUser == null || config.users.users ? ${cfg.autologinUser};
        message =
          "services.getty.autologinUser is \"${toString cfg.autologinUser}\", but there is no "
          + "users.users.\"${toString cfg.autologinUser}\".";
      }
    ];

    services.getty.helpLine = lib.mkDefault "";

    environment.etc.issue.text = ''

      \e{green}${cfg.greetingLine}\e{reset}
      ${lib.optionalString (cfg.helpLine != "") "\n${cfg.helpLine}"}
    '';

    systemd.services."getty@" = { serviceConfig.ExecStart = execStart "--noclear %I $TERM"; };
    systemd.services."serial-getty@" = {
      serviceConfig.ExecStart =
        execStart "--noreset --noclear --keep-baud 115200,57600,38400,9600 - $TERM";
    };
    systemd.services."console-getty" = {
      enable = lib.mkDefault false;
      serviceConfig.ExecStart = execStart "--noclear --keep-baud 115200,38400,9600 - $TERM";
    };
    systemd.units."getty@tty1.service" = lib.mkIf config.console.enable {
      overrideStrategy = "asDropin";
      wantedBy = [ "getty.target" ];
    };
  };
}

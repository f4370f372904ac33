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

  # Debian's units run `agetty -o '-- \\u'`. These replace them only if an option changes the command.
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
    (lib.mkRenamedOptionModule
      [ "services" "mingetty" "greetingLine" ]
      [ "services" "getty" "greetingLine" ]
    )
  ];

  options.services.getty = {
    autologinUser = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "root";
      description =
        "The user who is logged in automatically on every console. If null, the console asks for a name and password.";
    };
    loginProgram = mkOption {
      type = types.path;
      default = "/usr/bin/login";
      description = "The program that agetty starts to log users in.";
    };
    loginOptions = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "-h darkstar -- \\u";
      description =
        "Arguments of `loginProgram`, in which `\\u` stands for the user's name. If null, agetty's default.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--nohostname" ];
      description = "Additional arguments of agetty(8).";
    };
    greetingLine = mkOption {
      type = types.str;
      default = ''<<< Welcome to bootflake ${config.system.nixos.label} (\m) - \l >>>'';
      defaultText =
        lib.literalExpression
          ''"<<< Welcome to bootflake ''${config.system.nixos.label} (\m) - \l >>>"'';
      description =
        "The line above the login prompt. Escapes such as `\\l`, for the terminal's name, are expanded: see agetty(8).";
    };
    helpLine = mkOption {
      type = types.lines;
      default = "";
      example = "Log in as root.";
      description = "Lines to show between the greeting and the login prompt.";
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.autologinUser == null || config.users.users ? ${cfg.autologinUser};
        message =
          "services.getty.autologinUser is \"${toString cfg.autologinUser}\", but there is no such user. "
          + "Declare it: users.users.${toString cfg.autologinUser}.isNormalUser = true;";
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

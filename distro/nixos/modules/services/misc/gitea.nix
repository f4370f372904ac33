# Gitea, a forge of Git repositories.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/line-types.nix { inherit lib; }) secretLine;
  cfg = config.services.gitea;
  file =
    description:
    mkOption {
      type = types.nullOr types.singleLineStr;
      default = null;
      inherit description;
    };
  captcha = cfg.captcha;
  setting = section: name: [ "services" "gitea" "settings" section name ];
  renamed = from: to: lib.mkRenamedOptionModule ([ "services" "gitea" ] ++ from) to;
in
{
  imports = [
    (import ./forge {
      name = "gitea";
      label = "Gitea";
      variable = "GITEA";
      secrets =
        lib.optionalAttrs (cfg.mailerPasswordFile != null) {
          mailer.PASSWD = cfg.mailerPasswordFile;
        }
        // lib.optionalAttrs (cfg.metricsTokenFile != null) {
          metrics.TOKEN = cfg.metricsTokenFile;
        }
        // lib.optionalAttrs (cfg.camoHmacKeyFile != null) { camo.HMAC_KEY = cfg.camoHmacKeyFile; }
        // lib.optionalAttrs (cfg.minioAccessKeyId != null || cfg.minioSecretAccessKey != null) {
          storage = {
            MINIO_ACCESS_KEY_ID = cfg.minioAccessKeyId;
            MINIO_SECRET_ACCESS_KEY = cfg.minioSecretAccessKey;
          };
        }
        // lib.optionalAttrs (captcha.secretFile != null) {
          service.${
            {
              recaptcha = "RECAPTCHA_SECRET";
              hcaptcha = "HCAPTCHA_SECRET";
              mcaptcha = "MCAPTCHA_SECRET";
              cfturnstile = "CF_TURNSTILE_SECRET";
            }.${captcha.type} or "CAPTCHA_SECRET"
          } = captcha.secretFile;
        };
      title = "APP_NAME";
      inherit (cfg) extraConfig;
    })
    (renamed [ "cookieSecure" ] (setting "session" "COOKIE_SECURE"))
    (renamed [ "disableRegistration" ] (setting "service" "DISABLE_REGISTRATION"))
    (renamed [ "domain" ] (setting "server" "DOMAIN"))
    (renamed [ "httpAddress" ] (setting "server" "HTTP_ADDR"))
    (renamed [ "httpPort" ] (setting "server" "HTTP_PORT"))
    (renamed [ "log" "level" ] (setting "log" "LEVEL"))
    (renamed [ "log" "rootPath" ] (setting "log" "ROOT_PATH"))
    (renamed [ "rootUrl" ] (setting "server" "ROOT_URL"))
    (renamed [ "ssh" "clonePort" ] (setting "server" "SSH_PORT"))
    (renamed [ "staticRootPath" ] (setting "server" "STATIC_ROOT_PATH"))
    (lib.mkRemovedOptionModule [
      "services"
      "gitea"
      "ssh"
      "enable"
    ] "Set services.gitea.settings.server.DISABLE_SSH.")
  ];

  options.services.gitea = {
    database.password = mkOption {
      type = secretLine;
      default = "";
      description =
        "The password of the database's account. Everyone can read it in the store: use `database.passwordFile`.";
    };
    appName = mkOption {
      type = types.singleLineStr;
      default = "gitea: Gitea Service";
      description = "The name on the pages.";
    };
    mailerPasswordFile = file "A file with the password of the mail server.";
    metricsTokenFile = file "A file with the password for metrics.";
    camoHmacKeyFile = file "A file with the key of the proxy for images.";
    minioAccessKeyId = file "A file with the name at a server of objects.";
    minioSecretAccessKey = file "A file with the password there.";
    extraConfig = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "Further lines of app.ini.";
    };
    captcha = {
      enable = lib.mkEnableOption "a test for people who register";
      type = mkOption {
        type = types.enum [ "image" "recaptcha" "hcaptcha" "mcaptcha" "cfturnstile" ];
        default = "image";
        description = "Which test.";
      };
      siteKey = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        description = "The site's key at the service that tests.";
      };
      secretFile = file "A file with the site's secret there.";
      url = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        description = "The service's address.";
      };
      requireForLogin = lib.mkEnableOption "the test at each login";
      requireForExternalRegistration = lib.mkEnableOption "the test for accounts of other services";
    };
  };

  config = lib.mkIf cfg.enable {
    services.gitea.settings.database = lib.mkIf (cfg.database.password != "") {
      PASSWD = cfg.database.password;
    };
    services.gitea.settings.service = lib.mkIf captcha.enable (
      {
        ENABLE_CAPTCHA = true;
        CAPTCHA_TYPE = captcha.type;
        REQUIRE_CAPTCHA_FOR_LOGIN = captcha.requireForLogin;
        REQUIRE_EXTERNAL_REGISTRATION_CAPTCHA = captcha.requireForExternalRegistration;
      }
      // lib.optionalAttrs (captcha.siteKey != null) {
        ${
          {
            recaptcha = "RECAPTCHA_SITEKEY";
            hcaptcha = "HCAPTCHA_SITEKEY";
            mcaptcha = "MCAPTCHA_SITEKEY";
            cfturnstile = "CF_TURNSTILE_SITEKEY";
          }.${captcha.type} or "CAPTCHA_SITEKEY"
        } = captcha.siteKey;
      }
      // lib.optionalAttrs (captcha.url != null) {
        ${if captcha.type == "mcaptcha" then "MCAPTCHA_URL" else "RECAPTCHA_URL"} = captcha.url;
      }
    );
  };
}

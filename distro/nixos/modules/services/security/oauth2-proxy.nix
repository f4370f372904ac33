# oauth2-proxy: lets users of an account elsewhere in. Debian has no package of it.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag option orNull;
  cfg = config.services.oauth2-proxy;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };

  text = option types.str;

  providerArguments =
    {
      azure = {
        azure-tenant = cfg.azure.tenant;
        inherit (cfg.azure) resource;
      };
      github = {
        github-org = cfg.github.org;
        github-team = cfg.github.team;
      };
      google = lib.optionalAttrs (cfg.google.groups != [ ]) {
        google-admin-email = cfg.google.adminEmail;
        google-service-account-json = cfg.google.serviceAccountJSON;
        google-group = cfg.google.groups;
      };
    }.${cfg.provider} or { };

  credentials = lib.filterAttrs (_: file: file != null) {
    client-secret = cfg.clientSecretFile;
    cookie-secret = cfg.cookie.secretFile;
  };
  fromFile = lib.mapAttrs' (
    name: _: lib.nameValuePair "${name}-file" "\${CREDENTIALS_DIRECTORY}/${name}"
  ) credentials;

  arguments =
    {
      inherit (cfg) provider scope upstream;
      approval-prompt = cfg.approvalPrompt;
      client-id = cfg.clientID;
      client-secret = cfg.clientSecret;
      custom-templates-dir = cfg.customTemplatesDir;
      email-domain = cfg.email.domains;
      authenticated-emails-file =
        if cfg.email.addresses == null then
          null
        else
          pkgs.writeText "authenticated-emails" cfg.email.addresses;
      http-address = cfg.httpAddress;
      login-url = cfg.loginURL;
      redeem-url = cfg.redeemURL;
      redirect-url = cfg.redirectURL;
      validate-url = cfg.validateURL;
      profile-url = cfg.profileURL;
      oidc-issuer-url = cfg.oidcIssuerUrl;
      pass-access-token = cfg.passAccessToken;
      pass-basic-auth = cfg.passBasicAuth;
      pass-host-header = cfg.passHostHeader;
      basic-auth-password = cfg.basicAuthPassword;
      reverse-proxy = cfg.reverseProxy;
      trusted-proxy-ip = cfg.trustedProxyIP;
      proxy-prefix = cfg.proxyPrefix;
      request-logging = cfg.requestLogging;
      set-xauthrequest = cfg.setXauthrequest;
      signature-key = cfg.signatureKey;
      skip-auth-regex = cfg.skipAuthRegexes;
      htpasswd-file = cfg.htpasswd.file;
      display-htpasswd-form = if cfg.htpasswd.file == null then null else cfg.htpasswd.displayForm;
      cookie-domain = cfg.cookie.domain;
      cookie-secure = cfg.cookie.secure;
      cookie-expire = cfg.cookie.expire;
      cookie-name = cfg.cookie.name;
      cookie-secret = cfg.cookie.secret;
      cookie-refresh = cfg.cookie.refresh;
      cookie-httponly = cfg.cookie.httpOnly;
    }
    // lib.optionalAttrs cfg.tls.enable {
      tls-cert-file = cfg.tls.certificate;
      tls-key-file = cfg.tls.key;
      https-address = cfg.tls.httpsAddress;
    }
    // providerArguments
    // cfg.extraConfig;

  # Sets are names that go on, lists are repeated.
  words =
    escape: name: value:
    if value == null then
      [ ]
    else if builtins.isList value then
      lib.concatMap (words escape name) value
    else if builtins.isAttrs value && !lib.isDerivation value then
      lib.concatLists (lib.mapAttrsToList (below: words escape "${name}-${below}") value)
    else
      [
        (escape
          "--${name}=${if builtins.isBool value then lib.boolToString value else toString value}"
        )
      ];
  commandLine = lib.concatStringsSep " " (
    lib.concatLists (lib.mapAttrsToList (words utils.escapeSystemdExecArg) arguments)
    ++ lib.mapAttrsToList (name: value: "--${name}=${value}") fromFile
  );
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "oauth2_proxy" ] [ "services" "oauth2-proxy" ])
  ];

  options.services.oauth2-proxy = {
    enable = lib.mkEnableOption "oauth2-proxy";
    package = foreignPackage {
      option = "services.oauth2-proxy.package";
      name = "oauth2-proxy";
    };
    provider =
      option
        (types.enum [
          "adfs"
          "azure"
          "bitbucket"
          "digitalocean"
          "facebook"
          "github"
          "gitlab"
          "google"
          "keycloak"
          "keycloak-oidc"
          "linkedin"
          "login.gov"
          "nextcloud"
          "oidc"
        ])
        "google"
        "Where the accounts are.";
    approvalPrompt =
      option (types.enum [ "force" "auto" ]) "force" "Whether users are asked each time.";
    clientID = orNull types.str "The name of this client at the provider.";
    clientSecret =
      orNull
        types.str
        "Its secret, which all who can read the store can read. Better use `clientSecretFile`.";
    clientSecretFile = orNull lineTypes.machineFile "The file of its secret.";
    oidcIssuerUrl = orNull types.str "The address of the issuer of OpenID.";
    skipAuthRegexes =
      option (types.listOf types.str) [ ] "Regular expressions of paths that all may see.";
    email.domains =
      option (types.listOf types.str) [ ] "Domains of addresses that may come in; `*` are all.";
    email.addresses = orNull types.lines "Addresses that may come in, one a line.";
    loginURL = orNull types.str "Where users log in, if not at the provider's usual address.";
    redeemURL = orNull types.str "Where tokens are got.";
    validateURL = orNull types.str "Where tokens are checked.";
    profileURL = orNull types.str "Where profiles are.";
    redirectURL = orNull types.str "Where users come back to: https://HOST/oauth2/callback.";
    azure.tenant = text "common" "The tenant.";
    azure.resource = text "" "What is protected.";
    google.adminEmail = text "" "The administrator who may see groups.";
    google.groups = option (types.listOf types.str) [ ] "Groups of which users must be.";
    google.serviceAccountJSON = orNull lineTypes.machineFile "The file of the service account.";
    github.org = orNull types.str "The organisation of which users must be.";
    github.team = orNull types.str "The team of which users must be.";
    upstream =
      option
        (types.coercedTo types.str lib.singleton (types.listOf types.str))
        [ ]
        "Servers that requests go to, or `file://` paths.";
    passAccessToken = flag false "Whether servers get the token.";
    passBasicAuth = flag true "Whether servers get the user's name as of a password.";
    basicAuthPassword = orNull types.str "The password that goes with it.";
    passHostHeader = flag true "Whether servers get the name of the host that was asked for.";
    signatureKey = orNull types.str "The key that requests are signed by.";
    cookie.domain = orNull types.str "The domain that the cookie is for.";
    cookie.expire = text "168h0m0s" "How long it is valid.";
    cookie.httpOnly = flag true "Whether programs of pages cannot see it.";
    cookie.name = text "_oauth2_proxy" "Its name.";
    cookie.refresh = orNull types.str "After which time it is made anew.";
    cookie.secret =
      orNull
        types.str
        "The key of cookies, which all who can read the store can read. Better use `cookie.secretFile`.";
    cookie.secretFile = orNull lineTypes.machineFile "The file of the key of cookies.";
    cookie.secure = flag true "Whether it goes through https alone.";
    httpAddress = text "http://127.0.0.1:4180" "Where it listens.";
    htpasswd.file = orNull types.path "A file of users with passwords, who may come in, too.";
    htpasswd.displayForm = flag true "Whether there is a form for them.";
    customTemplatesDir = orNull types.path "A folder of pages of your own.";
    reverseProxy = flag false "Whether it is behind another proxy, whose headers it believes.";
    trustedProxyIP = option (types.listOf types.str) [ ] "Addresses of proxies that are believed.";
    proxyPrefix = text "/oauth2" "The path of its own pages.";
    tls.enable = flag false "Whether it speaks https itself.";
    tls.certificate =
      option types.path "/var/lib/oauth2-proxy/cert.pem" "The file of the certificate.";
    tls.key = option types.path "/var/lib/oauth2-proxy/key.pem" "The file of its key.";
    tls.httpsAddress = text ":443" "Where it listens for https.";
    requestLogging = flag true "Whether requests are logged.";
    scope = orNull types.str "The scope that is requested.";
    setXauthrequest =
      option
        (types.nullOr types.bool)
        false
        "Whether responses have headers with the user, which nginx passes on.";
    extraConfig = option (types.attrsOf (pkgs.formats.json { }).type) { } "Further arguments.";
    keyFile =
      orNull
        lineTypes.machineFile
        "A file of environment variables with secrets: OAUTH2_PROXY_CLIENT_ID, OAUTH2_PROXY_CLIENT_SECRET, OAUTH2_PROXY_COOKIE_SECRET.";
  };

  config = lib.mkIf cfg.enable {
    warnings =
      let
        isSet =
          path:
          lib.getAttrFromPath path cfg
          != (lib.getAttrFromPath path options.services.oauth2-proxy).default;
        isUsed =
          provider: provider == cfg.provider && (provider != "google" || cfg.google.groups != [ ]);
        ignored = builtins.filter (path: !(isUsed (lib.head path)) && isSet path) [
          [ "azure" "resource" ]
          [ "azure" "tenant" ]
          [ "github" "org" ]
          [ "github" "team" ]
          [ "google" "adminEmail" ]
          [ "google" "groups" ]
          [ "google" "serviceAccountJSON" ]
        ];
      in
      map (
        path:
        "services.oauth2-proxy.${
          lib.showOption path
        } has no effect, because the provider is ${cfg.provider}${
          lib.optionalString
            (lib.head path == cfg.provider)
            ", and services.oauth2-proxy.google.groups is empty"
        }. Remove it."
      ) ignored;

    # What keyFile says.
    services.oauth2-proxy = lib.mkIf (cfg.keyFile != null) {
      clientID = lib.mkDefault null;
      clientSecret = lib.mkDefault null;
      cookie.secret = lib.mkDefault null;
    };

    users.users.oauth2-proxy = {
      isSystemUser = true;
      group = "oauth2-proxy";
    };
    users.groups.oauth2-proxy = { };

    systemd.services.oauth2-proxy = {
      description = "Proxy for accounts elsewhere";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      startLimitIntervalSec = 0;
      serviceConfig = {
        User = "oauth2-proxy";
        Group = "oauth2-proxy";
        Restart = "always";
        RestartSec = 5;
        ExecStart = "${cfg.package}/bin/oauth2-proxy ${commandLine}";
        EnvironmentFile = lib.mkIf (cfg.keyFile != null) cfg.keyFile;
        LoadCredential = lib.mapAttrsToList (name: file: "${name}:${file}") credentials;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
      };
    };
  };
}

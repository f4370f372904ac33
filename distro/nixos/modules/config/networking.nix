# The machine's host name and domain, /etc/hosts, time servers and proxies.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking;
  formats = import ../../lib/formats { inherit lib; };

  localhost = [ "localhost" ];
  proxy =
    name:
    let
      value = cfg.proxy.${name};
      option = "networking.proxy.${if value == cfg.proxy.default then "default" else name}";
    in
    if value == null then
      null
    else
      formats.text.line {
        inherit option;
        file = "variables of sessions";
      } value;
  proxyOption =
    protocol: form:
    mkOption {
      type = types.nullOr types.str;
      default = cfg.proxy.default;
      defaultText = lib.literalExpression "config.networking.proxy.default";
      description = "The proxy for ${protocol}, ${form}.";
    };
  proxyVariables = lib.filterAttrs (_: v: v != null) {
    http_proxy = proxy "httpProxy";
    https_proxy = proxy "httpsProxy";
    ftp_proxy = proxy "ftpProxy";
    rsync_proxy = proxy "rsyncProxy";
    all_proxy = proxy "allProxy";
    no_proxy = proxy "noProxy";
  };
  addresses = import ../../lib/addresses.nix { inherit lib; };
  domain = formats.text.uncommentedWord {
    option = "networking.domain";
    file = "/etc/hosts";
  } cfg.domain;
  fqdn =
    lib.optional (cfg.domain != null && cfg.hostName != "") "${cfg.hostName}.${domain}"
    ++ lib.optional (cfg.hostName != "") cfg.hostName;
  hostsText = lib.concatStrings (
    lib.mapAttrsToList (
      address: names:
      formats.hosts.entry {
        option = lib.showOption [ "networking" "hosts" address ];
        inherit address names;
      }
    ) cfg.hosts
  );
  # The last line of a file may lack its line break.
  withLineBreak =
    content: if content == "" || lib.hasSuffix "\n" content then content else "${content}\n";
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$" // {
        description = "host name: letters, digits and `-', at most 63";
      };
      default = "nixos";
      description = "The machine's name, without its domain. Empty to take it from DHCP.";
    };
    hostId = mkOption {
      type = types.nullOr (types.strMatching "[0-9a-fA-F]{8}");
      default = null;
      example = "4e98920d";
      description =
        "The machine's id of 32 bits, which programs ask gethostid(3) for, as 8 hexadecimal digits.";
    };
    domain = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "home.arpa";
      description = "The DNS domain of the machine; null if it has none.";
    };
    fqdn = mkOption {
      type = types.str;
      readOnly = true;
      default =
        if cfg.hostName != "" && cfg.domain != null then
          "${cfg.hostName}.${cfg.domain}"
        else
          throw
            "networking.fqdn needs networking.hostName and networking.domain. Set ${
              if cfg.hostName == "" then
                "networking.hostName, which is empty"
              else
                "networking.domain, which is null"
            }.";
      defaultText = lib.literalExpression ''"''${networking.hostName}.''${networking.domain}"'';
      description = "The host name with the domain (fully qualified domain name).";
    };
    fqdnOrHostName = mkOption {
      type = types.str;
      readOnly = true;
      default = if cfg.domain == null then cfg.hostName else cfg.fqdn;
      defaultText = lib.literalMD "the full name, or the host name where there is no domain";
      description = "The machine's full name, or its host name.";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = { "192.168.0.2" = [ "fileserver.local" "nameserver.local" ]; };
      description = "Host names for /etc/hosts, by the address that they stand for.";
    };
    extraHosts = mkOption {
      type = types.lines;
      default = "";
      example = "192.168.0.1 lanlocalhost";
      description = "Lines to append to /etc/hosts, as they are.";
    };
    hostFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description =
        "Files whose contents are appended to /etc/hosts. They are read during evaluation.";
    };
    timeServers = mkOption {
      type = types.listOf types.str;
      default = [
        "0.debian.pool.ntp.org"
        "1.debian.pool.ntp.org"
        "2.debian.pool.ntp.org"
        "3.debian.pool.ntp.org"
      ];
      description = "NTP servers from which the clock is set.";
    };
    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the machine uses IPv6.";
    };
    proxy = {
      default = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "http://proxy:3128";
        description = "The proxy for all protocols that have none of their own.";
      };
      httpProxy = proxyOption "http" "as a URL";
      httpsProxy = proxyOption "https" "as a URL";
      ftpProxy = proxyOption "ftp" "as a URL";
      rsyncProxy = proxyOption "rsync" "as host and port";
      allProxy = proxyOption "all protocols" "as a URL, for programs that know only this one";
      noProxy = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "127.0.0.1,localhost";
        description = "Hosts and domains that are reached without a proxy, separated by commas.";
      };
      envVars = mkOption {
        type = types.attrsOf types.str;
        default = proxyVariables;
        readOnly = true;
        internal = true;
        description = "The variables that tell programs of the proxies, for services.";
      };
    };
  };

  config = {
    networking.hosts = lib.mkMerge [
      {
        "127.0.0.1" = lib.mkBefore localhost;
        "::1" = lib.mkIf cfg.enableIPv6 (lib.mkBefore localhost);
      }
      (lib.mkIf (cfg.hostName != "") { "127.0.0.2" = lib.mkBefore fqdn; })
    ];

    assertions = lib.mapAttrsToList (address: names: {
      assertion = names == [ ] || addresses.isAddress (lib.head (lib.splitString "%" address));
      message =
        "${lib.showOption [ "networking" "hosts" address ]} is not named after an address. The names are the values: "
        + "networking.hosts.\"192.0.2.1\" = [ \"example\" ].";
    }) cfg.hosts;

    # Four bytes, the lowest first, which no text in the store can be.
    system.activationScripts = lib.mkIf (cfg.hostId != null) {
      hostId = lib.stringAfter [ "etc" ] ''
        printf '${lib.concatMapStrings (n: "\\x${lib.substring n 2 cfg.hostId}") [ 6 4 2 0 ]}' > /etc/hostid
      '';
    };

    environment.etc = {
      hosts.text =
        hostsText
        + lib.concatMapStrings (file: withLineBreak (builtins.readFile file)) cfg.hostFiles
        + cfg.extraHosts;
      hostname = lib.mkIf (cfg.hostName != "") { text = "${cfg.hostName}\n"; };
      "host.conf".text = "multi on\n";
      networks.text = "default 0.0.0.0\nloopback 127.0.0.0\nlink-local 169.254.0.0\n";
      "gai.conf" = lib.mkIf (!cfg.enableIPv6) { text = "precedence ::ffff:0:0/96 100\n"; };
    };

    boot.kernel.sysctl = lib.mkIf (!cfg.enableIPv6) {
      "net.ipv6.conf.all.disable_ipv6" = true;
      "net.ipv6.conf.default.disable_ipv6" = true;
    };

    environment.sessionVariables = cfg.proxy.envVars;
  };
}

# Virtual hosts of nginx that only users whom oauth2-proxy lets in see.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/set-types.nix { inherit lib; }) checkedListOf;
  cfg = config.services.oauth2-proxy.nginx;
  limit =
    what:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "${what} that may see the host; null are all.";
    };
  query =
    host:
    lib.concatStringsSep "&" (
      lib.mapAttrsToList (
        name: values: "${name}=${lib.concatMapStringsSep "," lib.escapeURL values}"
      ) (lib.filterAttrs (_: values: values != null) host)
    );
in
{
  options.services.oauth2-proxy.nginx = {
    proxy = mkOption {
      type = types.str;
      default = config.services.oauth2-proxy.httpAddress;
      defaultText = lib.literalExpression "config.services.oauth2-proxy.httpAddress";
      description = "Where oauth2-proxy listens.";
    };
    domain = mkOption {
      type = types.str;
      example = "auth.example.org";
      description = "The virtual host at which users log in, for whose domain cookies are.";
    };
    virtualHosts = mkOption {
      type = types.coercedTo (checkedListOf types.str) (names: lib.genAttrs names (_: { })) (
        types.attrsOf (
          types.submodule {
            options = {
              allowed_groups = limit "Groups";
              allowed_emails = limit "Addresses";
              allowed_email_domains = limit "Domains of addresses";
            };
          }
        )
      );
      default = { };
      example = { "private.example.org".allowed_groups = [ "staff" ]; };
      description =
        "The hosts. A location with `auth_request off;` in its `extraConfig` is for all.";
    };
  };

  config = lib.mkIf (cfg.virtualHosts != { }) {
    services.oauth2-proxy.enable = lib.mkIf (lib.hasPrefix "127.0.0.1:" cfg.proxy) true;
    services.nginx = lib.mkIf config.services.oauth2-proxy.enable {
      # Else a location's own headers would leave out those of all.
      recommendedProxySettings = true;
      virtualHosts = lib.mkMerge (
        [
          {
            ${cfg.domain}.locations."/oauth2/" = {
              proxyPass = cfg.proxy;
              extraConfig = ''
                auth_request off;
                proxy_set_header X-Scheme $scheme;
                proxy_set_header X-Auth-Request-Redirect $scheme://$host$request_uri;
              '';
            };
          }
        ]
        ++ lib.mapAttrsToList (name: host: {
          ${name} = {
            locations."/".extraConfig = ''
              proxy_set_header X-User $user;
              proxy_set_header X-Email $email;
              add_header Set-Cookie $auth_cookie;
            '';
            locations."= /oauth2/auth" = {
              proxyPass = "${cfg.proxy}/oauth2/auth?${query host}";
              extraConfig = ''
                auth_request off;
                proxy_set_header X-Scheme $scheme;
                proxy_set_header Content-Length "";
                proxy_pass_request_body off;
              '';
            };
            locations."@redirectToAuth2ProxyLogin" = {
              return = "307 https://${cfg.domain}/oauth2/start?rd=$scheme://$host$request_uri";
              extraConfig = "auth_request off;";
            };
            extraConfig = ''
              auth_request /oauth2/auth;
              error_page 401 = @redirectToAuth2ProxyLogin;
              auth_request_set $user $upstream_http_x_auth_request_user;
              auth_request_set $email $upstream_http_x_auth_request_email;
              auth_request_set $auth_cookie $upstream_http_set_cookie;
            '';
          };
        }) cfg.virtualHosts
      );
    };
  };
}

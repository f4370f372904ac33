# Names that options of Grafana had before NixOS 22.11.
{ lib, ... }:

let
  renamed =
    old: new:
    lib.mkRenamedOptionModule ([ "services" "grafana" ] ++ old) ([
      "services"
      "grafana"
      "settings"
    ] ++ new);
  server = old: new: renamed [ old ] [ "server" new ];
  removed =
    path: instead:
    lib.mkRemovedOptionModule ([ "services" "grafana" ] ++ path) "Use services.grafana.${instead}.";
in
{
  imports = [
    (server "protocol" "protocol")
    (server "addr" "http_addr")
    (server "port" "http_port")
    (server "domain" "domain")
    (server "rootUrl" "root_url")
    (server "certFile" "cert_file")
    (server "certKey" "cert_key")
    (server "staticRootPath" "static_root_path")
    (server "socket" "socket")
    (renamed [ "database" "type" ] [ "database" "type" ])
    (renamed [ "database" "host" ] [ "database" "host" ])
    (renamed [ "database" "name" ] [ "database" "name" ])
    (renamed [ "database" "user" ] [ "database" "user" ])
    (renamed [ "database" "password" ] [ "database" "password" ])
    (renamed [ "database" "path" ] [ "database" "path" ])
    (renamed [ "security" "adminUser" ] [ "security" "admin_user" ])
    (renamed [ "security" "adminPassword" ] [ "security" "admin_password" ])
    (renamed [ "smtp" "enable" ] [ "smtp" "enabled" ])
    (renamed [ "smtp" "host" ] [ "smtp" "host" ])
    (renamed [ "smtp" "user" ] [ "smtp" "user" ])
    (renamed [ "smtp" "password" ] [ "smtp" "password" ])
    (renamed [ "smtp" "fromAddress" ] [ "smtp" "from_address" ])
    (renamed [ "users" "allowSignUp" ] [ "users" "allow_sign_up" ])
    (renamed [ "users" "allowOrgCreate" ] [ "users" "allow_org_create" ])
    (renamed [ "users" "autoAssignOrg" ] [ "users" "auto_assign_org" ])
    (renamed [ "users" "autoAssignOrgRole" ] [ "users" "auto_assign_org_role" ])
    (renamed [ "auth" "anonymous" "enable" ] [ "auth.anonymous" "enabled" ])
    (renamed [ "auth" "anonymous" "org_name" ] [ "auth.anonymous" "org_name" ])
    (renamed [ "auth" "anonymous" "org_role" ] [ "auth.anonymous" "org_role" ])
    (renamed [ "analytics" "reporting" "enable" ] [ "analytics" "reporting_enabled" ])
    (removed [ "extraOptions" ] "settings")
    (removed [ "database" "passwordFile" ] "settings.database.password with \"$__file{/path}\"")
    (removed [
      "security"
      "adminPasswordFile"
    ] "settings.security.admin_password with \"$__file{/path}\"")
    (removed [ "security" "secretKeyFile" ] "settings.security.secret_key with \"$__file{/path}\"")
    (removed [ "smtp" "passwordFile" ] "settings.smtp.password with \"$__file{/path}\"")
    (removed [ "provision" "notifiers" ] "provision.alerting")
  ];
}

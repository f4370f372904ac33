# nginx.conf, checked by nginx itself while the system is built: a configuration that nginx refuses is not in any machine.
#
# What the machine alone has is missing then: files of certificates, included files outside of the store, names of other machines. Where
# nginx stops at one of those, it is replaced in a copy, on the same line, and nginx is asked again.
{
  pkgs,
  package,
  modules,
}:

text:
pkgs.runCommandLocal "nginx.conf" {
  inherit text;
  passAsFile = [ "text" ];
  nativeBuildInputs = [ package ] ++ modules;
  debianBuildPackages = [ "openssl" ];
  nginx = "${package}/bin/nginx";
} (builtins.readFile ./check.sh)

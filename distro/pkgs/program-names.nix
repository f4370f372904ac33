# Programs that nixpkgs' packages have under another name than Debian's: Debian package -> program -> the file in the package. `bin` of
# the package has links of these names.
{
  bash.sh = "usr/bin/bash";
  freeradius.radiusd = "usr/sbin/freeradius";
  icecast2.icecast = "usr/bin/icecast2";
  iotop-c.iotop = "usr/sbin/iotop-c";
  mumble-server.murmurd = "usr/bin/mumble-server";
  "php7.4-fpm".php-fpm = "usr/sbin/php-fpm7.4";
  "php8.2-fpm".php-fpm = "usr/sbin/php-fpm8.2";
  "php8.4-fpm".php-fpm = "usr/sbin/php-fpm8.4";
  prometheus-alertmanager.alertmanager = "usr/bin/prometheus-alertmanager";
  prometheus-nextcloud-exporter.nextcloud-exporter = "usr/bin/prometheus-nextcloud-exporter";
  prometheus-nginx-exporter.nginx-prometheus-exporter = "usr/bin/prometheus-nginx-exporter";
  prometheus-pushgateway.pushgateway = "usr/bin/prometheus-pushgateway";
  prometheus-varnish-exporter.prometheus_varnish_exporter = "usr/bin/prometheus-varnish-exporter";
  nagios4-core.nagios = "usr/sbin/nagios4";
  nagios4-core.nagiostats = "usr/sbin/nagios4stats";
  restic-rest-server.rest-server = "usr/bin/restic-rest-server";
}

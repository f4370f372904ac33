# A value of my.cnf that would be a further setting.
(import ./system.inc {
  services.mysql = { enable = true; settings.mysqld.sql_mode = "ANSI\nskip-grant-tables"; };
}).config.environment.etc."my.cnf".source.drvPath

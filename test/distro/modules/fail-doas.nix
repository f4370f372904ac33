((import ./system.inc {
  security.doas = { enable = true; extraRules = [ { users = [ "a\npermit nopass b" ]; } ]; };
}).config.environment.etc."doas.conf").source.configuration

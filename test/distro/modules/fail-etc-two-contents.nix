(import ./system.inc { environment.etc."a.conf" = { text = "1"; source = ./system.inc; }; }).config.system.build.etc

(import ./system.inc { security.pam.services.login.rules.auth.mine.modulePath = "pam_mine.so"; }).config.environment.etc."pam.d/login".text

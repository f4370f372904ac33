(import ./system.inc { networking.defaultGateway = "10.0.0.1"; }).checked

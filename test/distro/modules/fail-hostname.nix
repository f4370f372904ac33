(import ./system.inc { networking.hostName = "not a name"; }).config.networking.hostName

(import ./system.inc { networking.hostName = "not a name"; }).checked

{ pkgs, own, ... }:
{
  boot.kernelPackages = pkgs.linuxPackages_6_12;

  users.users.tarn = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    password = "";
  };

  # C: systemd listens, and starts the program for each connection.
  systemd.sockets.checksum = {
    wantedBy = [ "sockets.target" ];
    socketConfig = {
      ListenStream = "127.0.0.1:8001";
      Accept = true;
    };
  };
  systemd.services."checksum@".serviceConfig = {
    ExecStart = "${own.checksum}/bin/checksum";
    StandardInput = "socket";
    DynamicUser = true;
  };

  # JavaScript
  systemd.services.weekday = {
    wantedBy = [ "multi-user.target" ];
    environment.PORT = "8002";
    serviceConfig = {
      ExecStart = "${own.weekday}/bin/weekday";
      DynamicUser = true;
    };
  };

  # Python
  systemd.services.notes = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      ExecStart = "${own.notes}/bin/notes --port 8003";
      DynamicUser = true;
      StateDirectory = "notes";
    };
  };

  environment.systemPackages = [ pkgs.curl ];

  system.stateVersion = "25.11";
}

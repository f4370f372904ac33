#!/bin/nix
{ config, lib, pkgs, ... }: {
  boot.kernelPackages = pkgs.linuxPackages_6_12;

  users.users = {
    tarn = {
      isNormalUser = true;
      extraGroups = [ "wheel" ];
      password = "";
    };
  };

  environment.systemPackages = with pkgs; [
    python313
  ];

  system.stateVersion = "23.05";
}

# What Grafana has from its start on: sources of data, dashboards, alerts.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) option;
  yaml = pkgs.formats.yaml { };
  # Free settings, some of which are named here.
  free =
    options:
    types.submodule {
      freeformType = yaml.type;
      inherit options;
    };
  apiVersion = option types.int 1 "The version of the format.";
  orgId = option types.int 1 "The organisation.";

  kind = description: settings: {
    settings = mkOption {
      type = types.nullOr settings;
      default = null;
      inherit description;
    };
    path =
      option
        (types.nullOr types.path)
        null
        "A file with them, or a folder of such files, instead of `settings`.";
  };
  list =
    options: description:
    mkOption {
      type = types.listOf (free options);
      default = [ ];
      inherit description;
    };
  name = mkOption {
    type = types.str;
    description = "The name.";
  };

  datasource = {
    inherit name;
    type = mkOption {
      type = types.str;
      example = "prometheus";
      description = "The kind of the source.";
    };
    access =
      option (types.enum [ "proxy" "direct" ]) "proxy" "Whether Grafana or the browser reads it.";
    uid = option (types.nullOr types.str) null "Its id in addresses.";
    url = option types.str "" "Its address.";
    editable = option types.bool false "Whether it may be changed in the browser.";
    jsonData = option (types.nullOr (types.attrsOf yaml.type)) null "Settings of its kind.";
    secureJsonData =
      option
        (types.nullOr (types.attrsOf yaml.type))
        null
        "Secret settings of its kind, as \"$__file{/path}\".";
  };
  provider = {
    name = option types.str "default" "The name.";
    type = option types.str "file" "The kind of the provider.";
    options.path = mkOption {
      type = types.path;
      description = "The folder of dashboards.";
    };
  };
in
{
  options.services.grafana.provision = {
    enable =
      lib.mkEnableOption
        "sources of data, dashboards and alerts that Grafana has from its start on";
    datasources = kind "Sources of data." (
      free {
        inherit apiVersion;
        datasources = list datasource "The sources.";
        deleteDatasources = list {
          inherit name;
          orgId = mkOption {
            type = types.int;
            description = "The organisation.";
          };
        } "Sources that are removed.";
        prune =
          option types.bool false "Whether sources that are no longer named here are removed.";
      }
    );
    dashboards = kind "Dashboards." (
      free {
        inherit apiVersion;
        providers = list provider "Where they are.";
      }
    );
    alerting = {
      rules = kind "Rules of alerts." (
        free {
          inherit apiVersion;
          groups = list {
            inherit name;
            folder = mkOption {
              type = types.str;
              description = "The folder of the rules.";
            };
            interval = mkOption {
              type = types.str;
              description = "How often they are evaluated.";
            };
          } "Groups of rules.";
          deleteRules = list {
            inherit orgId;
            uid = mkOption {
              type = types.str;
              description = "The rule's id.";
            };
          } "Rules that are removed.";
        }
      );
      contactPoints = kind "Who gets alerts." (
        free {
          inherit apiVersion;
          contactPoints = list { inherit name; } "The receivers.";
          deleteContactPoints = list {
            inherit orgId;
            uid = mkOption {
              type = types.str;
              description = "The receiver's id.";
            };
          } "Receivers that are removed.";
        }
      );
      policies = kind "Which alerts go where." (
        free {
          inherit apiVersion;
          policies = list { } "The routes.";
          resetPolicies =
            option
              (types.listOf types.int)
              [ ]
              "Organisations whose routes become those at the start.";
        }
      );
      templates = kind "Texts of alerts." (
        free {
          inherit apiVersion;
          templates = list {
            inherit name;
            template = mkOption {
              type = types.str;
              description = "The text.";
            };
          } "The texts.";
          deleteTemplates = list { inherit name orgId; } "Texts that are removed.";
        }
      );
      muteTimings = kind "When no alerts are sent." (
        free {
          inherit apiVersion;
          muteTimes = list { inherit name; } "The times.";
          deleteMuteTimes = list { inherit name orgId; } "Times that are removed.";
        }
      );
    };
  };
}

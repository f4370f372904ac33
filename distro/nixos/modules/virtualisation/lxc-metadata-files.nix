# What LXD and Incus take beside the root of a container: metadata.yaml, and templates of files. It is `system.build.metadata'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  templates = lib.filterAttrs (_: t: t.enable) config.virtualisation.lxc.templates;
  inherit (pkgs.stdenv) hostPlatform;
  yaml = pkgs.formats.json { };
in
{
  imports = [ ../image/file-options.nix ];

  options.virtualisation.lxc.templates = mkOption {
    type = types.attrsOf (
      types.submodule {
        options = {
          enable = lib.mkEnableOption "this template";
          target = mkOption {
            type = types.path;
            description = "The file in the container.";
          };
          template = mkOption {
            type = types.path;
            description = "The template, in the language of Pongo2.";
          };
          when = mkOption {
            type = types.listOf (types.enum [ "create" "copy" "start" "rename" ]);
            description = "When the file is written.";
          };
          properties = mkOption {
            type = types.attrs;
            default = { };
            description = "Values for the template.";
          };
        };
      }
    );
    default = { };
    example = lib.literalExpression ''
      {
        hostname = {
          enable = true;
          target = "/etc/hostname";
          template = builtins.toFile "hostname.tpl" "{{ container.name }}";
          when = [ "create" ];
        };
      }
    '';
    description = "Files that LXD and Incus write into a container.";
  };

  config = {
    # JSON is YAML.
    system.build.metadataFiles =
      [
        {
          source = yaml.generate "metadata.yaml" {
            architecture = hostPlatform.linuxArch or "x86_64";
            creation_date = 1;
            properties = {
              description =
                "${config.system.nixos.distroName} ${config.system.nixos.codeName} ${config.system.nixos.label} ${hostPlatform.system}";
              os = config.system.nixos.distroId;
              release = config.system.nixos.codeName;
            };
            templates = lib.mapAttrs' (
              name: t:
              lib.nameValuePair t.target {
                inherit (t) when properties;
                template = "${name}.tpl";
              }
            ) templates;
          };
          target = "metadata.yaml";
        }
      ]
      ++ lib.mapAttrsToList (name: t: {
        source = "${t.template}";
        target = "templates/${name}.tpl";
      }) templates;
    system.build.metadata = import ../../lib/make-system-tarball.nix {
      inherit lib pkgs;
      fileName = config.image.baseName;
      contents = config.system.build.metadataFiles;
      compression = "zstd";
    };
  };
}

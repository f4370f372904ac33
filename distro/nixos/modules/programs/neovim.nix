# neovim.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.programs.neovim;
  # A name in the search path for the same program.
  alias =
    name:
    pkgs.runCommandLocal "nvim-as-${name}" { } ''
      mkdir -p $out/bin
      ln -s ${lib.getExe cfg.package} $out/bin/${name}
    '';
  code = {
    customRC = cfg.configure.customRC or "";
    customLuaRC = cfg.configure.customLuaRC or "";
  };
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } (
      map (language: {
        path = [ "programs" "neovim" "with${language}" ];
        type = types.bool;
        default = false;
        why =
          "Debian's packages python3-pynvim, ruby-neovim and the npm package neovim are what plugins in such a language need";
      }) [ "NodeJs" "Python3" "Ruby" ]
    ))
  ];

  options.programs.neovim = {
    enable = lib.mkEnableOption "neovim";
    package = lib.mkPackageOption pkgs "neovim" { };
    defaultEditor = flag false "Whether neovim is the default editor (`EDITOR`).";
    viAlias = flag false "Whether `vi` is neovim.";
    vimAlias = flag false "Whether `vim` is neovim.";
    configure = mkOption {
      type = types.submodule {
        options = {
          customRC = mkOption {
            type = types.lines;
            default = "";
            description = "Vim script that runs before the users' own configuration.";
          };
          customLuaRC = mkOption {
            type = types.lines;
            default = "";
            description = "The same in Lua.";
          };
        };
      };
      default = { };
      description =
        "What neovim does when it starts. Plugins are packages in `environment.systemPackages` here (Debian's vim-*).";
    };
    runtime = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.text = mkOption {
            type = types.lines;
            description = "The contents.";
          };
        }
      );
      default = { };
      example = { "ftplugin/c.vim".text = "setlocal omnifunc=v:lua.vim.lsp.omnifunc"; };
      description = "Files below /etc/xdg/nvim, which is a part of neovim's runtime path.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages =
      [ cfg.package ]
      ++ lib.optional cfg.viAlias (alias "vi")
      ++ lib.optional cfg.vimAlias (alias "vim");
    environment.variables.EDITOR = mkIf cfg.defaultEditor (lib.mkOverride 900 "nvim");
    environment.etc =
      lib.mapAttrs' (
        name: file: lib.nameValuePair "xdg/nvim/${name}" { inherit (file) text; }
      ) cfg.runtime
      // lib.optionalAttrs (code.customRC != "" || code.customLuaRC != "") {
        "xdg/nvim/sysinit.vim".text =
          code.customRC
          + lib.optionalString (code.customLuaRC != "") "luafile /etc/xdg/nvim/sysinit-more.lua\n";
      }
      // lib.optionalAttrs (code.customLuaRC != "") {
        "xdg/nvim/sysinit-more.lua".text = code.customLuaRC;
      };
  };
}

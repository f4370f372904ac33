{
  description = "A nixpkgs as small as the blog's machine allows, over stand-ins made of Debian's packages";

  outputs = { self }:
    let
      lib = import ./lib;
    in
    {
      lib = lib.extend (
        final: prev: {
          # As in nixpkgs: a system evaluated from this tree carries its date and revision in its version.
          nixosSystem = args: import ./nixos/lib/eval-config.nix (
            args // {
              lib = final;
              modules = args.modules ++ [
                {
                  system.nixos.versionSuffix =
                    ".${builtins.substring 0 8 (self.lastModifiedDate or "19700101")}.${self.shortRev or "dirty"}";
                  system.nixos.revision = final.mkIf (self ? rev) self.rev;
                }
              ];
            }
          );
        }
      );

      legacyPackages.x86_64-linux = import ./. { system = "x86_64-linux"; };
    };
}

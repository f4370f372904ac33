# Programs of the distribution's own, in place of those that nixpkgs has, modules call, and Debian lacks.
{ self }:

{
  sd-switch = self.writeShellScriptBin "sd-switch" (builtins.readFile ./sd-switch.sh) // {
    meta = {
      mainProgram = "sd-switch";
      description =
        "Changes the running units of a user from one generation to the next; takes the arguments of sd-switch";
    };
  };
}

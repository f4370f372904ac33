# The size of the terminal on a serial console: bash requests it at each prompt.
{ lib, ... }:

{
  programs.bash.interactiveShellInit = lib.mkAfter (builtins.readFile ./terminal-size.bash);
}

# The entry of environment.etc for a file with `text`, which is checked while the derivation `checked` is built. The text is there to be
# read, and gives way to that.
{ lib }:
text: checked: {
  text = lib.mkOverride 101 text;
  source = checked;
}

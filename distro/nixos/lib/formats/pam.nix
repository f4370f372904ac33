# Files of PAM: services, pam_env.conf(5), limits.conf(5). In all of them `#' begins a comment wherever it stands, also in quotes.
{ lib }:

let
  inherit (builtins) match replaceStrings stringLength;
  text = import ./text.nix { inherit lib; };

  # Variables that pam_env expands, by the names that NixOS's options have for them.
  withItems =
    replaceStrings
      [ "\\$" "\${HOME}" "\${USER}" "$HOME" "$USER" ]
      [ "\\$" "@{HOME}" "@{PAM_USER}" "@{HOME}" "@{PAM_USER}" ];
  # A backslash escapes `$' and `@'; before any other character it is dropped.
  environmentValue = text.restrict "([^\"#\\[:cntrl:]]|\\\\[$@])*" (
    "quotes, `#', line breaks, or a backslash before anything but `$' or `@'. "
    + "Shells alone can have such a value: set environment.variables instead"
  );

  argumentText =
    text.restrict "[^#[:cntrl:]]+" "`#', line breaks or other control characters, nor be empty";

  # An argument with blanks needs brackets.
  argument =
    at: value:
    let
      checked = argumentText at value;
    in
    if match "[^[:space:][]*" checked != null then
      checked
    else
      "[${replaceStrings [ "]" ] [ "\\]" ] checked}]";
in
{
  /* A variable that pam_env sets. $HOME and $USER stand for the user's home directory and name. */
  variable =
    {
      option,
      name,
      value,
    }:
    let
      at = {
        option = "${option}.${name}";
        file = "pam_env.conf";
      };
      result = withItems (environmentValue at value);
    in
    # Longer lines make PAM 1.5 refuse every login.
    if
      stringLength result > 8000
    then
      text.refuse at "more than 8,000 bytes" value
    else
      "${text.variableName at name} DEFAULT=\"${result}\"\n";

  /* The value of an option, as part of an argument of a rule. */
  argumentOf =
    option:
    argumentText {
      inherit option;
      file = "a service of PAM";
    };

  /* A line of limits.conf. */
  limit =
    option:
    {
      domain,
      type,
      item,
      value,
    }:
    let
      word =
        name:
        text.uncommentedWord {
          option = "${option}.*.${name}";
          file = "limits.conf";
        };
    in
    "${word "domain" domain} ${type} ${word "item" item} ${word "value" (toString value)}\n";

  /* A rule of a service. `option' is the set with its attributes. */
  rule =
    {
      option,
      type,
      control,
      modulePath,
      args,
    }:
    let
      at = name: {
        option = "${option}.${name}";
        file = "a service of PAM";
      };
      words = lib.concatMapStrings (
        arg:
        if match "[^][#[:space:][:cntrl:]]+" arg != null then
          " ${arg}"
        else
          " ${argument (at "args") arg}"
      ) args;
      checkedControl =
        text.restrict
          "[a-z]+|\\[[a-z_0-9= ]+]"
          "anything but a word, as `required', or actions in brackets"
          (at "control")
          control;
      start =
        if match "[a-z]+ [^#[:space:][:cntrl:]]+" "${control} ${modulePath}" != null then
          "${control} ${modulePath}"
        else
          "${checkedControl} ${text.uncommentedWord (at "modulePath") modulePath}";
    in
    "${type} ${start}${words}\n";
}

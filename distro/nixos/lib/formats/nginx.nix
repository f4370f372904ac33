# The configuration of nginx: directives of words, each of which ends with `;' or begins a block in braces. A list of lines here is a list
# of strings; a string of several lines is text that a user wrote, which stays as it is.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  quoted = quote: "${quote}([^${quote}\\[:cntrl:]]|\\\\[^[:cntrl:]])*${quote}";
  at = option: {
    inherit option;
    file = "nginx.conf";
  };
in
rec {
  /* Words of a directive, as users write them: what is in quotes is closed in them, and nothing ends the directive or begins a block. */
  words =
    option:
    text.restrict
      "([^;{}\"'\\[:cntrl:]]|\\\\[^[:cntrl:]]|${quoted "\""}|${quoted "'"}|[$][{][a-zA-Z0-9_]+[}])*"
      "line breaks, open quotes, nor `;', `{' or `}' outside of quotes"
      (at option);

  /* One word, without quotes. */
  word =
    option:
    text.restrict
      "[^[:space:][:cntrl:];{}\"']+"
      "blanks, quotes, `;', `{', `}' or line breaks, nor be empty"
      (at option);

  /* The path of a file, in quotes. */
  path =
    option: value:
    "\"${text.restrict "[^\"\\[:cntrl:]]+" "quotes, backslashes or line breaks, nor be empty" (at option) "${value}"}\"";

  /* The line of a user in a file of passwords. nginx has no quotes there: the name ends at the first colon, the password at the second. */
  password =
    option: user: password:
    let
      users = {
        inherit option;
        file = "nginx's file of passwords";
      };
      name =
        text.restrict
          "[^#:[:cntrl:]][^:[:cntrl:]]*"
          "colons, line breaks or other control characters in a user's name, nor `#' at its beginning, nor be empty"
          users
          user;
    in
    "${name}:{PLAIN}${
      text.restrict
        "[^:[:cntrl:]]*"
        "colons, line breaks or other control characters in a password"
        (text.below users user // { secret = true; })
        password
    }\n";

  /* The line of a directive, of which `value` are the words; none if it is null. */
  directive =
    option: name: value: lib.optional (value != null) "${name} ${words option (toString value)};";

  /* The line of a directive that is on or off. */
  switch = name: value: "${name} ${if value then "on" else "off"};";

  /* The lines of a block. */
  block = title: lines: [ "${title} {" ] ++ map (line: "  ${line}") lines ++ [ "}" ];

  /* Lines that a user wrote. */
  verbatim = lines: lib.optional (lines != "") (lib.removeSuffix "\n" lines);
}

# Names and texts in commands for PostgreSQL.
{ lib }:

{
  literal = text: "'${lib.replaceStrings [ "'" ] [ "''" ] text}'";
  identifier = text: "\"${lib.replaceStrings [ "\"" ] [ "\"\"" ] text}\"";
}

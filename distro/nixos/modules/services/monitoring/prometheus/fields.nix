# The fields of Prometheus' configuration that several of its parts have, and how fields are declared: one that is not set is null, and is
# left out of the file.
{ lib }:

let
  inherit (lib) mkOption types;
in
rec {
  /* A field that may be left out. */
  optional = (import ../../../../lib/option-makers.nix { inherit lib; }).orNull;
  /* A field that must be given. */
  required = type: description: mkOption { inherit type description; };

  group = options: types.submodule { inherit options; };
  groups = options: types.listOf (group options);
  strings = types.listOf types.str;
  labels = types.attrsOf types.str;

  /* What is left of a value of such options without the fields that are not set. */
  given =
    value:
    if builtins.isAttrs value && !lib.isDerivation value then
      lib.mapAttrs (_: given) (lib.filterAttrs (name: v: name != "_module" && v != null) value)
    else if builtins.isList value then
      map given value
    else
      value;

  basic_auth =
    optional
      (group {
        username = required types.str "The user's name.";
        password = optional types.str "The password, which everyone on the machine can read then.";
        password_file = optional types.str "A file with the password.";
      })
      "The name and the password that are sent with every request.";

  authorization =
    optional
      (group {
        type = mkOption {
          type = types.str;
          default = "Bearer";
          description = "The kind of authentication.";
        };
        credentials =
          optional types.str "The credentials, which everyone on the machine can read then.";
        credentials_file = optional types.str "A file with the credentials.";
      })
      "The header `Authorization` of every request.";

  tls_config =
    optional
      (group {
        ca_file =
          optional
            types.str
            "A file with the certificates of the authorities that sign the server's.";
        cert_file = optional types.str "A file with the certificate that is shown to the server.";
        key_file = optional types.str "The file with that certificate's key.";
        server_name = optional types.str "The name that the server's certificate must have.";
        insecure_skip_verify =
          optional types.bool "Whether any certificate of the server's is accepted.";
      })
      "How TLS is spoken.";

  oauth2 =
    optional
      (group {
        client_id = required types.str "The client's id.";
        client_secret =
          optional types.str "The client's secret, which everyone on the machine can read then.";
        client_secret_file = optional types.str "A file with the client's secret.";
        scopes = optional strings "The scopes of the token that is requested.";
        token_url = required types.str "Where tokens come from.";
        endpoint_params = optional labels "Parameters of the request for a token.";
      })
      "How a token of OAuth 2.0 is got.";

  bearer_token =
    optional
      types.str
      "The token of the header `Authorization`, which everyone on the machine can read then.";
  bearer_token_file = optional types.str "A file with the token of the header `Authorization`.";
  proxy_url = optional types.str "The proxy through which requests are sent.";
  follow_redirects = optional types.bool "Whether redirections are followed.";
  refresh_interval = optional types.str "How often the list is read again, such as `30s`.";
  port = optional types.port "The port of the targets.";

  # How a server is spoken to, for all that is found by HTTP.
  client = {
    inherit basic_auth authorization oauth2 proxy_url follow_redirects tls_config;
  };

  relabel_config = group {
    source_labels =
      optional strings "The labels whose values are joined and compared with `regex`.";
    separator = optional types.str "What stands between the joined values: `;` if it is not set.";
    target_label = optional types.str "The label that is written.";
    modulus = optional types.int "By what the hash of the joined values is divided, for `hashmod`.";
    regex = optional types.str "A regular expression: `(.*)` if it is not set.";
    replacement =
      optional
        types.str
        "What is written, with $1 for the first group of `regex`, which it is if it is not set.";
    action =
      optional
        (types.enum [
          "replace"
          "lowercase"
          "uppercase"
          "keep"
          "drop"
          "keepequal"
          "dropequal"
          "hashmod"
          "labelmap"
          "labeldrop"
          "labelkeep"
        ])
        "What is done: `replace` if it is not set.";
  };
}

# The parts of Prometheus' configuration file that are options.
{ lib }:

let
  inherit (lib) types;
  fields = import ./fields.nix { inherit lib; };
  inherit (fields)
    authorization
    basic_auth
    bearer_token
    bearer_token_file
    follow_redirects
    group
    labels
    oauth2
    optional
    proxy_url
    relabel_config
    required
    strings
    tls_config
    ;

  discovery = lib.mapAttrs' (
    kind: options:
    lib.nameValuePair "${kind}_sd_configs" (
      optional (types.listOf (group options)) "Targets that are found by way of ${kind}."
    )
  ) (import ./discovery.nix { inherit lib; });

  request = {
    inherit authorization basic_auth bearer_token bearer_token_file oauth2 proxy_url tls_config;
  };
  limit = what: optional types.int "The most ${what}, above which a target counts as failed.";
in
{
  inherit (fields) given;

  globalConfig = group {
    scrape_interval = optional types.str "How often targets are read: every `1m` if it is not set.";
    scrape_timeout = optional types.str "How long that may take: `10s` if it is not set.";
    evaluation_interval =
      optional types.str "How often rules are evaluated: every `1m` if it is not set.";
    query_log_file = optional types.str "A file to which queries are logged.";
    external_labels = optional labels "Labels of everything that is sent to other systems.";
  };

  scrapeConfig = group (
    request
    // discovery
    // {
      job_name = required types.str "The name of the job, which metrics have as a label.";
      scrape_interval = optional types.str "How often targets are read.";
      scrape_timeout = optional types.str "How long that may take.";
      scrape_protocols =
        optional strings "The protocols that are offered to targets, the best first.";
      fallback_scrape_protocol =
        optional types.str "The protocol of a target that does not say which one it speaks.";
      metrics_path = optional types.str "The path of metrics: `/metrics` if it is not set.";
      honor_labels =
        optional types.bool "Whether labels of targets win over those that Prometheus adds.";
      honor_timestamps = optional types.bool "Whether times that targets give are kept.";
      scheme =
        optional
          (types.enum [ "http" "https" ])
          "How targets are read: by `http` if it is not set.";
      params = optional (types.attrsOf strings) "Parameters of the request.";
      inherit follow_redirects;
      static_configs =
        optional
          (types.listOf (
            group {
              targets = required strings "Hosts with ports.";
              labels = lib.mkOption {
                type = labels;
                default = { };
                description = "Labels of their metrics.";
              };
            }
          ))
          "Targets that are named here.";
      relabel_configs =
        optional
          (types.listOf relabel_config)
          "How labels of targets are changed before they are read.";
      metric_relabel_configs =
        optional
          (types.listOf relabel_config)
          "How labels of metrics are changed before they are stored.";
      body_size_limit =
        optional
          types.str
          "The longest response, such as `10MB`, above which a target counts as failed.";
      sample_limit = limit "samples";
      target_limit = limit "targets of the job";
      label_limit = limit "labels of a sample";
      label_name_length_limit = limit "characters of a label's name";
      label_value_length_limit = limit "characters of a label's value";
    }
  );

  remoteRead = group (request // {
    url = required types.str "Where samples are read from.";
    name = optional types.str "The name in metrics and in the log.";
    required_matchers = optional labels "Labels that a query must have to be sent there.";
    remote_timeout = optional types.str "How long a response may take.";
    headers = optional labels "Further headers of requests.";
    read_recent = optional types.bool "Whether what is stored here is read there, too.";
  });

  remoteWrite = group (request // {
    url = required types.str "Where samples are sent.";
    name = optional types.str "The name in metrics and in the log.";
    remote_timeout = optional types.str "How long a response may take.";
    headers = optional labels "Further headers of requests.";
    write_relabel_configs =
      optional (types.listOf relabel_config) "How labels are changed, and which samples are sent.";
    queue_config =
      optional
        (group {
          capacity = optional types.int "How many samples each shard holds.";
          max_shards = optional types.int "The most shards.";
          min_shards = optional types.int "The fewest shards.";
          max_samples_per_send = optional types.int "The most samples of one request.";
          batch_send_deadline = optional types.str "How long a sample waits for others at most.";
          min_backoff = optional types.str "The time after the first failure.";
          max_backoff = optional types.str "The longest time between attempts.";
        })
        "The queue of samples that are sent.";
    metadata_config =
      optional
        (group {
          send = optional types.bool "Whether descriptions of metrics are sent.";
          send_interval = optional types.str "How often.";
        })
        "What is said of metrics.";
    sigv4 =
      optional
        (group {
          region = optional types.str "The region of AWS.";
          access_key = optional types.str "The key's id.";
          secret_key = optional types.str "The key, which everyone on the machine can read then.";
          profile = optional types.str "The profile in AWS' own files.";
          role_arn = optional types.str "The role that is taken.";
        })
        "How requests are signed for AWS.";
  });
}

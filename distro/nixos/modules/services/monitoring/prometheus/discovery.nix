# How targets are found: the fields of Prometheus' *_sd_configs, by kind.
{ lib }:

let
  inherit (lib) types;
  fields = import ./fields.nix { inherit lib; };
  inherit (fields)
    client
    follow_redirects
    group
    groups
    labels
    optional
    port
    proxy_url
    refresh_interval
    required
    strings
    tls_config
    ;

  filters =
    values:
    optional
      (groups {
        name = required types.str "What is compared.";
        values = required values "The values that are accepted.";
      })
      "Which of them become targets.";

  accessToAws = {
    region = optional types.str "The region: that of the machine if it is not set.";
    endpoint = optional types.str "Another address of the API.";
    access_key = optional types.str "The key's id; from AWS_ACCESS_KEY_ID if it is not set.";
    secret_key =
      optional
        types.str
        "The key, which everyone on the machine can read then; from AWS_SECRET_ACCESS_KEY if it is not set.";
    profile = optional types.str "The profile in AWS' own files.";
    role_arn = optional types.str "The role that is taken.";
    inherit refresh_interval port;
  };

  docker = client // {
    host = required types.str "The address of the daemon.";
    inherit port refresh_interval;
    filters = filters strings;
  };

  zookeeper = {
    servers = required strings "The servers of ZooKeeper.";
    paths = required strings "The paths there: of one service, or of a tree of them.";
    timeout = optional types.str "How long a response may take.";
  };
in
{
  azure = {
    environment = optional types.str "The cloud: `AzurePublicCloud` if it is not set.";
    authentication_method =
      optional
        (types.enum [
          "OAuth"
          "ManagedIdentity"
          "SDK"
        ])
        "How access is got: by `OAuth` if it is not set.";
    subscription_id = required types.str "The subscription.";
    tenant_id = optional types.str "The tenant, for `OAuth`.";
    client_id = optional types.str "The client, for `OAuth`.";
    client_secret =
      optional types.str "The client's secret, which everyone on the machine can read then.";
    inherit refresh_interval port proxy_url follow_redirects tls_config;
  };

  consul = client // {
    server = optional types.str "The address of Consul: `localhost:8500` if it is not set.";
    token = optional types.str "The token, which everyone on the machine can read then.";
    datacenter = optional types.str "The data centre.";
    namespace = optional types.str "The namespace.";
    partition = optional types.str "The partition.";
    scheme = optional types.str "`http` or `https`.";
    username = optional types.str "The user's name.";
    password = optional types.str "The password, which everyone on the machine can read then.";
    services = optional strings "The services: all of them if it is not set.";
    tags = optional strings "Tags that a node must have.";
    node_meta = optional labels "What a node's description must have.";
    filter = optional types.str "A filter of Consul's catalog.";
    tag_separator = optional types.str "What stands between tags in the label of them.";
    allow_stale = optional types.bool "Whether a response may be somewhat old.";
    inherit refresh_interval;
  };

  digitalocean = client // {
    inherit port refresh_interval;
  };

  docker = docker // {
    host_networking_host = optional types.str "The name of targets in the host's network.";
    match_first_network =
      optional types.bool "Whether only the first network of a container counts.";
  };

  dockerswarm = docker // {
    role = required (types.enum [ "services" "tasks" "nodes" ]) "What becomes a target.";
  };

  dns = {
    names = required strings "The names that are looked up.";
    type =
      optional
        (types.enum [ "SRV" "A" "AAAA" "MX" "NS" ])
        "The type of the records: `SRV` if it is not set.";
    inherit port refresh_interval;
  };

  ec2 = accessToAws // {
    filters = filters strings;
  };
  lightsail = accessToAws;

  eureka = client // {
    server = required types.str "The address of Eureka.";
    inherit refresh_interval;
  };

  file = {
    files =
      required
        strings
        "Names of files with targets, in JSON or YAML; the last part may have one `*`.";
    inherit refresh_interval;
  };

  gce = {
    project = required types.str "The project.";
    zone = required types.str "The zone.";
    filter = optional types.str "Which instances become targets.";
    tag_separator = optional types.str "What stands between tags in the label of them.";
    inherit refresh_interval port;
  };

  hetzner = client // {
    role =
      required
        (types.enum [ "robot" "hcloud" ])
        "Whether targets are servers of Robot or of the cloud.";
    label_selector = optional types.str "Which servers of the cloud become targets.";
    inherit port refresh_interval;
  };

  http = client // {
    url = required types.str "Where the list of targets is, in JSON.";
    inherit refresh_interval;
  };

  ionos = client // {
    datacenter_id = required types.str "The data centre.";
    inherit port refresh_interval;
  };

  kubernetes = client // {
    api_server =
      optional
        types.str
        "The address of the API: that of the cluster around Prometheus if it is not set.";
    role =
      required
        (types.enum [
          "endpoints"
          "endpointslice"
          "ingress"
          "node"
          "pod"
          "service"
        ])
        "What becomes a target.";
    kubeconfig_file = optional types.str "A file of kubectl that says how the API is spoken to.";
    namespaces =
      optional
        (group {
          own_namespace = optional types.bool "Whether the namespace around Prometheus counts.";
          names = optional strings "The namespaces: all of them if it is not set.";
        })
        "Where targets are looked for.";
    selectors =
      optional
        (groups {
          role = required types.str "What is selected.";
          label = optional types.str "A selector of labels.";
          field = optional types.str "A selector of fields.";
        })
        "Which of them become targets.";
    attach_metadata =
      optional
        (group {
          node = optional types.bool "Whether labels of a target's node are added.";
        })
        "What else is said of targets.";
  };

  kuma = client // {
    server = required types.str "The address of Kuma's control plane.";
    client_id = optional types.str "The name by which it knows Prometheus.";
    fetch_timeout = optional types.str "How long a response may take.";
    inherit refresh_interval;
  };

  linode = client // {
    region = optional types.str "The region.";
    tag_separator = optional types.str "What stands between tags in the label of them.";
    inherit port refresh_interval;
  };

  marathon = client // {
    servers = required strings "The addresses of Marathon.";
    auth_token = optional types.str "The token, which everyone on the machine can read then.";
    auth_token_file = optional types.str "A file with the token.";
    inherit refresh_interval;
  };

  nerve = zookeeper;
  serverset = zookeeper;

  nomad = client // {
    allow_stale = optional types.bool "Whether a response may be somewhat old.";
    namespace = optional types.str "The namespace.";
    region = optional types.str "The region.";
    server = optional types.str "The address of Nomad.";
    tag_separator = optional types.str "What stands between tags in the label of them.";
    inherit refresh_interval;
  };

  openstack = {
    role = required types.str "What becomes a target: `instance`, `hypervisor` or `loadbalancer`.";
    region = required types.str "The region.";
    identity_endpoint = optional types.str "The address of the identity service.";
    username = optional types.str "The user's name.";
    userid = optional types.str "The user's id.";
    password = optional types.str "The password, which everyone on the machine can read then.";
    domain_name = optional types.str "The domain's name.";
    domain_id = optional types.str "The domain's id.";
    project_name = optional types.str "The project's name.";
    project_id = optional types.str "The project's id.";
    application_credential_name = optional types.str "The name of an application credential.";
    application_credential_id = optional types.str "The id of an application credential.";
    application_credential_secret =
      optional types.str "Its secret, which everyone on the machine can read then.";
    all_tenants = optional types.bool "Whether instances of all projects become targets.";
    availability =
      optional
        (types.enum [ "public" "admin" "internal" ])
        "Which endpoint is used: `public` if it is not set.";
    inherit refresh_interval port tls_config;
  };

  puppetdb = client // {
    url = required types.str "The address of PuppetDB.";
    query = required types.str "A query in PQL that gives resources.";
    include_parameters = optional types.bool "Whether parameters become labels.";
    inherit refresh_interval port;
  };

  scaleway = {
    access_key = required types.str "The key's id.";
    secret_key = optional types.str "The key, which everyone on the machine can read then.";
    secret_key_file = optional types.str "A file with the key.";
    project_id = required types.str "The project.";
    role = required (types.enum [ "instance" "baremetal" ]) "What becomes a target.";
    api_url = optional types.str "Another address of the API.";
    zone = optional types.str "The zone: `fr-par-1` if it is not set.";
    name_filter = optional types.str "A name that servers must have.";
    tags_filter = optional strings "Tags that servers must have.";
    inherit refresh_interval port proxy_url follow_redirects tls_config;
  };

  triton = {
    account = required types.str "The account.";
    role =
      optional
        (types.enum [ "container" "cn" ])
        "What becomes a target: a `container` if it is not set.";
    dns_suffix = required types.str "What is added to a target's name.";
    endpoint = required types.str "The address of Triton.";
    groups = optional strings "Groups that targets must be in.";
    version = optional types.int "The version of the API.";
    inherit port refresh_interval tls_config;
  };

  uyuni = {
    server = required types.str "The address of Uyuni.";
    username = required types.str "The user's name.";
    password = required types.str "The password, which everyone on the machine can read then.";
    entitlement = optional types.str "The entitlement of systems that become targets.";
    separator = optional types.str "What stands between groups in the label of them.";
    inherit refresh_interval proxy_url follow_redirects tls_config;
  };
}

# What watches machines.
{
  name = "monitoring";

  nodes.machine = {
    services.prometheus = {
      enable = true;
      globalConfig.scrape_interval = "10s";
      scrapeConfigs = [
        {
          job_name = "node";
          static_configs = [ { targets = [ "localhost:9100" ]; } ];
        }
      ];
      exporters.node.enable = true;
    };
  };

  testScript = ''
    import json

    machine.wait_for_unit("multi-user.target")

    def value(query):
        answer = machine.succeed(f"curl -fsS --get --data-urlencode 'query={query}' http://localhost:9090/api/v1/query")
        return [float(entry["value"][1]) for entry in json.loads(answer)["data"]["result"]]

    with subtest("prometheus sees that the node is up"):
        machine.wait_until_succeeds("curl -fsS http://localhost:9090/-/ready")
        retry(lambda _: value('max_over_time(up{job="node"}[5m])') == [1.0], timeout_seconds=180)
  '';
}

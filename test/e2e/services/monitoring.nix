# What watches machines, and what keeps their parts in order.
{
  name = "monitoring";

  nodes.machine =
    { pkgs, ... }:
    {
      networking.hostId = "8425e349";
      # A disk that says how it is, and one for Btrfs.
      virtualisation.qemu.options = [
        "-drive if=none,id=healthy,format=raw,file.driver=null-co,file.size=67108864"
        "-device nvme,drive=healthy,serial=healthy1"
      ];
      virtualisation.emptyDiskImages = [ 128 ];
      virtualisation.memorySize = 1536;

      services.prometheus = {
        enable = true;
        globalConfig.scrape_interval = "10s";
        globalConfig.evaluation_interval = "5s";
        scrapeConfigs = [
          {
            job_name = "node";
            static_configs = [ { targets = [ "localhost:9100" ]; } ];
          }
          {
            job_name = "pushed";
            honor_labels = true;
            static_configs = [ { targets = [ "localhost:9091" ]; } ];
          }
        ];
        rules = [
          ''
            groups:
              - name: backups
                rules:
                  - alert: BackupFailed
                    expr: backup_status > 0
          ''
        ];
        alertmanagers = [ { static_configs = [ { targets = [ "localhost:9093" ]; } ]; } ];
        alertmanager = {
          enable = true;
          configuration = {
            route.receiver = "nobody";
            receivers = [ { name = "nobody"; } ];
          };
        };
        pushgateway.enable = true;
        exporters.node = {
          enable = true;
          enabledCollectors = [ "processes" ];
        };
      };
      services.victoriametrics.enable = true;

      services.smartd = {
        enable = true;
        notifications.test = true;
        notifications.mail.enable = true;
        notifications.mail.mailer = pkgs.writeShellScript "mailer" "cat > /tmp/mail";
      };
      services.btrfs.autoScrub = {
        enable = true;
        fileSystems = [ "/mnt" ];
      };
      services.earlyoom.enable = true;
      services.fstrim.enable = true;
      services.journald.gateway.enable = true;
      services.journald.remote = {
        enable = true;
        listen = "http";
      };
      services.rsyslogd.enable = true;
      services.vnstat.enable = true;
      systemd.oomd.enableSystemSlice = true;
      zramSwap.enable = true;
    };

  testScript = ''
    import json

    machine.wait_for_unit("multi-user.target")

    def value(query):
        answer = machine.succeed(f"curl -fsS --get --data-urlencode 'query={query}' http://localhost:9090/api/v1/query")
        return [float(entry["value"][1]) for entry in json.loads(answer)["data"]["result"]]

    machine.wait_until_succeeds("curl -fsS http://localhost:9090/-/ready")
    machine.wait_until_succeeds("curl -fsS http://localhost:9091/-/ready")
    machine.succeed("echo 'backup_status 1' | curl -fsS --data-binary @- http://localhost:9091/metrics/job/backup")

    with subtest("the machine has its id"):
        t.assertEqual(machine.succeed("hostid").strip(), "8425e349")

    with subtest("swap is in compressed memory"):
        machine.wait_until_succeeds("grep -q /dev/zram0 /proc/swaps")
        machine.succeed("grep -q '\\[zstd\\]' /sys/block/zram0/comp_algorithm")

    with subtest("smartd mails what a disk says"):
        machine.wait_for_file("/tmp/mail")
        mail = machine.succeed("cat /tmp/mail")
        t.assertIn("Subject: SMART error: EmailTest", mail)
        t.assertIn("healthy1", mail)

    with subtest("a Btrfs file system is checked"):
        machine.succeed("mkfs.btrfs -q /dev/vdb", "mount /dev/vdb /mnt", "echo data > /mnt/file", "systemctl start --wait btrfs-scrub-mnt")
        t.assertIn("Error summary:    no errors found", machine.succeed("btrfs scrub status /mnt"))

    with subtest("free blocks are trimmed"):
        t.assertIn("fstrim.timer", machine.succeed("systemctl list-timers"))
        machine.succeed("systemctl start fstrim.service")

    with subtest("services that end processes before memory runs out"):
        machine.wait_for_unit("earlyoom.service")
        machine.wait_for_unit("systemd-oomd.service")
        t.assertIn("/system.slice", machine.wait_until_succeeds("oomctl"))

    with subtest("a message is in a file, on the network, and taken from another machine"):
        machine.succeed("logger -t probe a message for all")
        machine.wait_until_succeeds("grep -q 'probe.*a message for all' /var/log/messages")
        machine.succeed("curl -fsS 'http://localhost:19531/entries?SYSLOG_IDENTIFIER=probe' | grep 'a message for all'")
        machine.succeed(
            "/usr/lib/systemd/systemd-journal-upload --url http://localhost:19532 --save-state=/tmp/uploaded > /dev/null 2>&1 &"
        )
        machine.wait_until_succeeds("journalctl -D /var/log/journal/remote | grep 'a message for all'")

    with subtest("vnstat counts an interface"):
        machine.wait_until_succeeds("vnstat --json | grep '\"name\":\"eth'")

    with subtest("prometheus sees that the node is up"):
        retry(lambda _: value('max_over_time(up{job="node"}[5m])') == [1.0], timeout_seconds=180)
        assert value("max_over_time(node_processes_threads[5m])")[0] > 10

    with subtest("a pushed value becomes an alert"):
        machine.wait_until_succeeds("curl -fsS http://localhost:9093/api/v2/alerts | grep BackupFailed")

    with subtest("victoriametrics stores and finds a value"):
        machine.wait_for_unit("victoriametrics.service")
        machine.succeed("echo 'temperature{room=\"hall\"} 21' | curl -fsS --data-binary @- http://localhost:8428/api/v1/import/prometheus")
        machine.wait_until_succeeds("curl -fsS 'http://localhost:8428/api/v1/query?query=temperature' | grep hall")
  '';
}

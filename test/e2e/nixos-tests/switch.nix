# A machine that is switched to its specialisations and back, and what its script checks of that.
{
  machine =
    { lib, ... }:
    let
      # Says in the journal when it starts and stops.
      service = text: {
        wantedBy = [ "multi-user.target" ];
        script = "exec sleep infinity # ${text}";
      };
    in
    {
      systemd.services = {
        kept = service "kept";
        edited = service "before";
        removed = service "removed";
        reloaded = service "before" // {
          reloadIfChanged = true;
          reload = "touch /run/reloaded";
        };
        notrestarted = service "before" // { restartIfChanged = false; };
      };
      environment.etc = {
        "switch/changed".text = "before\n";
        "switch/removed".text = "removed\n";
        "switch/copied" = {
          text = "copied\n";
          mode = "0600";
        };
      };

      specialisation.changed.configuration = {
        systemd.services = {
          edited.script = lib.mkForce "exec sleep infinity # after";
          reloaded.script = lib.mkForce "exec sleep infinity # after";
          notrestarted.script = lib.mkForce "exec sleep infinity # after";
          removed.enable = lib.mkForce false;
          added = service "added";
        };
        environment.etc = {
          "switch/changed".text = lib.mkForce "after\n";
          "switch/removed".enable = lib.mkForce false;
          "switch/copied".enable = lib.mkForce false;
          "switch/added".text = "added\n";
        };
        users.users.newcomer = {
          isNormalUser = true;
          uid = 1234;
        };
        boot.kernel.sysctl."vm.swappiness" = 17;
        systemd.tmpfiles.rules = [ "d /srv/made 0750 newcomer - -" ];
      };
      specialisation.failing.configuration = {
        systemd.services.failing = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig.Type = "oneshot";
          script = "exit 1";
        };
      };
    };

  script = ''
    switch = "bin/switch-to-configuration"
    special = "/run/booted-system/specialisation"
    services = ["kept", "edited", "reloaded", "notrestarted", "removed", "added"]


    def invocations():
        """A service's run: another one when it was restarted, none when it does not run."""
        values = machine.succeed("systemctl show -P InvocationID " + " ".join(services)).split("\n\n")
        states = machine.execute("systemctl is-active " + " ".join(services))[1].split()
        return {s: v.strip() if state == "active" else "" for s, v, state in zip(services, values, states)}


    with subtest("a dry run shows what a switch would do, and changes nothing"):
        before = invocations()
        out = machine.succeed(f"{special}/changed/{switch} dry-activate 2>&1")
        assert "would stop the following units: edited.service, removed.service, systemd-sysctl.service\n" in out, out
        assert "would NOT stop the following changed units: notrestarted.service\n" in out, out
        assert "would reload the following units: reloaded.service\n" in out, out
        assert "would start the following units: edited.service, systemd-sysctl.service\n" in out, out
        t.assertEqual(invocations(), before)
        machine.succeed("grep -qx before /etc/switch/changed && test /run/current-system -ef /run/booted-system && ! id newcomer")

    with subtest("a switch restarts what changed"):
        out = machine.succeed(f"{special}/changed/{switch} test 2>&1")
        assert "stopping the following units: edited.service, removed.service, systemd-sysctl.service\n" in out, out
        assert "NOT restarting the following changed units: notrestarted.service\n" in out, out
        assert "starting the following units: edited.service, systemd-sysctl.service\n" in out, out
        assert "the following new units were started: added.service" in out, out
        after = invocations()
        t.assertEqual([s for s in services if after[s] == before[s]], ["kept", "reloaded", "notrestarted"])
        t.assertEqual([s for s in services if not after[s]], ["removed"])
        checks = [
            f"/run/current-system -ef {special}/changed",
            "-e /run/reloaded",
            "$(cat /etc/switch/changed) = after",
            "! -e /etc/switch/removed -a ! -e /etc/switch/copied",
            "$(cat /etc/switch/added) = added",
            "$(id -u newcomer) = 1234 -a -d ~newcomer",
            "$(cat /proc/sys/vm/swappiness) = 17",
            "$(stat -c %U /srv/made) = newcomer",
        ]
        machine.succeed(" && ".join(f"test {check}" for check in checks))

    with subtest("a unit that fails makes the status 4"):
        status, out = machine.execute(f"{special}/failing/{switch} test 2>&1")
        t.assertEqual(status, 4, out)
        assert "warning: the following units failed: failing.service\n" in out, out
        machine.fail("id newcomer")

    with subtest("without a boot loader there is no default to change"):
        status, out = machine.execute(f"{special}/changed/{switch} switch 2>&1")
        t.assertEqual(status, 1, out)
        assert "this machine has no boot menu" in out, out

    with subtest("back to the system that was booted"):
        machine.succeed(f"/run/booted-system/{switch} test")
        after = invocations()
        t.assertEqual([s for s in services if not after[s]], ["added"])
        machine.succeed("grep -qx removed /etc/switch/removed && test $(stat -c %a /etc/switch/copied) = 600")
        t.assertEqual(machine.succeed("grep -c ' /usr ' /proc/self/mountinfo"), "2\n")
  '';
}

# Thorough: programs for people at a terminal, and what protects a machine from its users.
{
  name = "programs";

  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.restrictNetwork = true;
      programs = {
        git = {
          enable = true;
          lfs.enable = true;
          config.user = {
            name = "A";
            email = "a@example.org";
          };
        };
        tmux = {
          enable = true;
          shortcut = "a";
        };
        gnupg.agent.enable = true;
        direnv.enable = true;
        mosh.enable = true;
        msmtp = {
          enable = true;
          accounts.default = {
            host = "127.0.0.1";
            port = 2525;
            from = "a@example.org";
          };
        };
        mtr.enable = true;
        neovim = {
          enable = true;
          viAlias = true;
          configure.customLuaRC = "vim.g.of_the_machine = 'yes'";
        };
        less.envVariables.LESS = "-E";
        fuse.userAllowOther = true;
      };
      console.useXkbConfig = true;
      services.xserver.xkb = {
        layout = "de";
        variant = "nodeadkeys";
      };
      security.doas = {
        enable = true;
        extraRules = [
          {
            users = [ "alice" ];
            cmd = "/usr/bin/id";
            args = [ "-u" ];
            noPass = true;
          }
        ];
      };
      security.audit = {
        enable = true;
        rules = [ "-w /srv -p wa -k of-srv" ];
      };
      security.auditd.enable = true;
      security.apparmor = {
        enable = true;
        policies.reads-little.profile = ''
          abi <abi/4.0>,
          include <tunables/global>
          /run/reads-little {
            include <abstractions/base>
            /run/reads-little mr,
            deny /etc/shadow r,
            /srv/may-read r,
          }
        '';
      };
      users.users.alice = {
        isNormalUser = true;
        password = "a";
        linger = true;
      };
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    as_alice = "su alice -lc {!r}".format

    with subtest("git and its settings"):
        machine.succeed("cd /root && git init -q r && cd r && touch a && git add a && git commit -qm a")
        assert machine.succeed("git -C /root/r log --format=%an%ae") == "Aa@example.org\n"
        machine.succeed("git -C /root/r lfs track '*.bin'")

    with subtest("tmux and its socket below /run"):
        machine.succeed(as_alice("tmux new-session -d -s work && tmux show -gv prefix | grep -x C-a"))
        machine.succeed("ls /run/user/$(id -u alice)/tmux-*/default")

    with subtest("gpg-agent starts on first use"):
        machine.succeed(as_alice("gpg --batch --passphrase ''' --quick-generate-key alice default default never"))
        machine.succeed(as_alice("echo secret | gpg --batch -e -r alice --trust-model always | gpg --batch -d | grep -x secret"))
        machine.succeed(as_alice("XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user is-active gpg-agent.service"))

    with subtest("direnv"):
        machine.succeed(as_alice("mkdir -p p && echo export OF_P=7 > p/.envrc && cd p && direnv allow"))
        machine.succeed(as_alice("cd p && direnv exec . env | grep -x OF_P=7"))

    with subtest("mosh, mtr"):
        machine.succeed("mosh-server --version")
        machine.succeed(as_alice("mtr --report -n -c 1 127.0.0.1 | grep 127.0.0.1"))

    with subtest("mail goes to the server of the account"):
        machine.succeed("grep -qx 'host 127.0.0.1' /etc/msmtprc && test $(readlink -f /usr/sbin/sendmail) = $(readlink -f /usr/bin/msmtp)")
        machine.succeed("sendmail -P -t < /dev/null | grep '^from *= *a@example.org'")

    with subtest("neovim, also as vi"):
        machine.succeed("vi --headless '+lua io.stdout:write(vim.g.of_the_machine)' +q 2>&1 | grep yes")

    with subtest("doas"):
        assert machine.succeed(as_alice("doas /usr/bin/id -u")) == "0\n"
        machine.fail(as_alice("doas -n /usr/bin/id"))

    with subtest("the audit's rules and records"):
        machine.wait_for_unit("auditd.service")
        machine.succeed("auditctl -l | grep of-srv", "touch /srv/file")
        machine.wait_until_succeeds("ausearch --input-logs -k of-srv | grep touch")

    with subtest("a policy of AppArmor holds"):
        machine.succeed("aa-status | grep /run/reads-little")
        machine.succeed("cp /usr/bin/cat /run/reads-little && echo yes > /srv/may-read && /run/reads-little /srv/may-read")
        machine.fail("/run/reads-little /etc/shadow")

    with subtest("the keyboard of an X server at the console"):
        machine.succeed("systemctl is-active systemd-vconsole-setup", "dumpkeys | grep udiaeresis")
  '';
}

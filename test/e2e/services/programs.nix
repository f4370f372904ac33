# Programs for people at a terminal.
{
  name = "programs";

  nodes.machine = {
    programs.git.enable = true;
    programs.tmux.enable = true;
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("git"):
        machine.succeed("git --version")

    with subtest("tmux"):
        machine.succeed("tmux -V")
  '';
}

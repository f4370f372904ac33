# Not available here.
{
  assertions = [
    {
      assertion = false;
      message =
        "profiles/perlless.nix is not available: Perl is an essential package of Debian, and accounts and files in /etc are made with it. "
        + "Remove the import.";
    }
  ];
}

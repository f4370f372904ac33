# Names that are one program in nixpkgs and another in Debian: name -> what it is in nixpkgs, or { is; use; } if the suite may have that
# under another name. Using one of these names throws; all of Debian's packages are under `debianPackages`.
{
  ace = {
    is = "the C++ framework ACE";
    use = "libace-dev";
  };
  alembic = "a file format of 3D scenes";
  allure = "a reporter of tests";
  amber = "a search and replace for code";
  augustus = "a remake of the game Caesar III";
  beads = "an issue tracker for coding agents";
  biff = "a command for dates and times";
  bifrost = "a gateway to language models";
  blackbox = "a keeper of secrets in version control";
  brig = "a file synchroniser over IPFS";
  buffer = "a scratch pad for GNOME";
  caffeine = "a program of macOS";
  cargo-web = "a subcommand of Cargo";
  cddl = "a validator of CDDL written in Ruby";
  cereal = {
    is = "a serialisation library of C++";
    use = "libcereal-dev";
  };
  chroma = "a highlighter of source code";
  cinnamon = "a set of packages";
  click = "a client of Kubernetes";
  cloudflare-ddns = "another script for the same purpose";
  crimson = "a font";
  dnsproxy = "AdGuard's proxy for DNS";
  dotter = "a manager of dotfiles";
  duck = "the command line of Cyberduck";
  enlightenment = "a set of packages";
  eql = "Lisp with Qt embedded";
  ergo = "a node of the currency Ergo";
  ferret = "a system for scraping the web";
  getdata = {
    is = "a library for Dirfiles";
    use = "libgetdata-tools";
  };
  glance = "a dashboard for the web";
  gnustep = "a set of packages";
  gom = {
    is = "a library between GObject and SQLite";
    use = "libgom-1.0-0";
  };
  grip = "a player and ripper of audio CDs";
  gup = "a build tool";
  heartbeat = "Elastic's monitor of uptime";
  hunt = "a finder of files";
  hydra = "the build farm of NixOS";
  ivy = "a calculator for large numbers and arrays";
  jl = "a filter for JSON";
  kcc = "a converter of comics for e-readers";
  keymapper = "a remapper of keys";
  keystone = "an assembler library";
  kickoff = "a launcher of programs for Wayland";
  libosmocore = {
    is = "a library for mobile communications";
    use = "libosmocore22";
  };
  libpseudo = "a library for messages between threads";
  loki = "a library of C++";
  lunar = "a program of macOS";
  memo = "another keeper of notes";
  mew = "a menu for Wayland";
  mimic = "a speech synthesiser";
  mmake = "a wrapper around make";
  nom = "a reader of feeds for the terminal";
  nox = "a helper for Nix";
  ntfy = "a sender of desktop notifications, and Debian's is `pkgs.ntfy-sh' there";
  odin = "the programming language Odin";
  ots = "a command to share secrets once";
  pacman = {
    is = "the package manager of Arch Linux";
    use = "pacman-package-manager";
  };
  passage = "a password manager over age";
  php-embed = "PHP as a library";
  pmtools = {
    is = "the tools of ACPICA";
    use = "acpica-tools";
  };
  quorum = "a node of Ethereum";
  rename = "another script that renames files by a Perl expression";
  ricochet = "an anonymous messenger";
  rio = "a terminal emulator";
  rover = "the command line of Apollo GraphOS";
  ruby-zoom = "a command that opens search results in an editor";
  seer = "a graphical front end of gdb";
  serf = {
    is = "a library for HTTP";
    use = "libserf-1-1";
  };
  service-wrapper = "a wrapper of systemctl";
  shake = "a build system written in Haskell";
  slack = "the desktop client of Slack";
  spacebar = "a status bar of macOS";
  sup = "a mail client of old";
  swarm = "a generator of scripts for the model checker Spin";
  tart = "a runner of virtual machines on macOS";
  tea = "the command line of Gitea";
  tecla = "a library for editing command lines";
  terminus = "the command line of the platform Pantheon";
  tex-gyre = "a set of packages";
  ticker = "a watcher of stock prices";
  tint = "a recolourer of images";
  travis = "the command line of Travis CI";
  twm = "a manager of workspaces for tmux";
  typer = "a typing test";
  udptunnel = "another program that tunnels TCP over UDP";
  unicorn = {
    is = "an emulator of processors";
    use = "libunicorn2";
  };
  velocity = "a proxy of Minecraft servers";
  vlan = "vconfig, which `ip link' has replaced";
  xtitle = "a command that prints the titles of windows";
}

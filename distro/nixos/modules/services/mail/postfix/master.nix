# services.postfix.settings.master: the services of master.cf. null stands for what Postfix does by itself, `-'.
{ lib }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNullLike;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
in
{
  type = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The name of the service: of its socket, or its address and port.";
        };
        type = mkOption {
          type = types.enum [ "inet" "unix" "unix-dgram" "fifo" "pass" ];
          default = "unix";
          description = "The type of its socket.";
        };
        private = orNullLike types.bool false "Whether only Postfix can use it.";
        privileged = orNullLike types.bool true "Whether it runs as root.";
        chroot =
          orNullLike types.bool true "Whether it sees nothing but the directory of the queue.";
        wakeup = orNullLike types.int 60 "After how many seconds it is woken.";
        wakeupUnusedComponent =
          orNullLike types.bool false "Whether it is woken when nothing has used it.";
        maxproc = orNullLike types.int 1 "How many processes it may have; 0 for any number.";
        command = mkOption {
          type = types.str;
          default = name;
          description = "The program, with arguments.";
        };
        args = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "-o" "smtp_helo_timeout=5" ];
          description = "Arguments of the program.";
        };
      };
    }
  );

  /* The text of master.cf. */
  text =
    services:
    let
      line =
        attribute: service:
        let
          at = option: {
            option = "services.postfix.settings.master.${lib.strings.escapeNixIdentifier attribute}.${option}";
            file = "master.cf";
          };
          flag = value: if value == null then "-" else if value then "y" else "n";
          number = value: if value == null then "-" else toString value;
          # An option stands on a line of its own, with its value.
          argument =
            arg: (if lib.hasPrefix "-" arg then "\n  " else " ") + text.line (at "args") arg;
        in
        lib.concatStringsSep " " [
          (text.uncommentedWord (at "name") service.name)
          service.type
          (flag service.private)
          (if service.privileged == null then "-" else flag (!service.privileged))
          (if service.chroot == null then "n" else flag service.chroot)
          (
            number service.wakeup
            + lib.optionalString
              (service.wakeup != null && service.wakeupUnusedComponent == false)
              "?"
          )
          (number service.maxproc)
          (text.line (at "command") service.command)
        ]
        + lib.concatMapStrings argument service.args
        + "\n";
    in
    lib.concatStrings (lib.mapAttrsToList line services);

  /* What Postfix consists of. */
  services =
    cfg:
    let
      overrides =
        set: lib.concatLists (lib.mapAttrsToList (name: value: [ "-o" "${name}=${value}" ]) set);
      bounces = {
        command = "bounce";
        maxproc = 0;
      };
      smtpd = {
        type = "inet";
        private = false;
        command = "smtpd";
      };
      level = cfg.submissionsOptions.smtpd_tls_security_level or "none";
    in
    {
      pickup = {
        private = false;
        wakeup = 60;
        maxproc = 1;
      };
      cleanup = {
        private = false;
        maxproc = 0;
      };
      qmgr = {
        private = false;
        wakeup = 300;
        maxproc = 1;
      };
      tlsmgr = {
        wakeup = 1000;
        wakeupUnusedComponent = false;
        maxproc = 1;
      };
      rewrite.command = "trivial-rewrite";
      bounce = bounces;
      defer = bounces;
      trace = bounces;
      verify.maxproc = 1;
      flush = {
        private = false;
        wakeup = 1000;
        wakeupUnusedComponent = false;
        maxproc = 0;
      };
      proxymap = { };
      proxywrite = {
        command = "proxymap";
        maxproc = 1;
      };
      showq.private = false;
      error = { };
      retry.command = "error";
      discard = { };
      local.privileged = true;
      virtual.privileged = true;
      lmtp = { };
      anvil.maxproc = 1;
      scache.maxproc = 1;
    }
    // lib.optionalAttrs cfg.enableSmtp {
      smtp_inet = smtpd // { name = "smtp"; };
      smtp = { };
      relay = {
        command = "smtp";
        args = [ "-o" "smtp_fallback_relay=" ];
      };
    }
    // lib.optionalAttrs cfg.enableSubmission {
      submission = smtpd // { args = overrides cfg.submissionOptions; };
    }
    // lib.optionalAttrs cfg.enableSubmissions {
      submissions = smtpd // {
        args = overrides (
          cfg.submissionsOptions
          // { smtpd_tls_wrappermode = "yes"; }
          // lib.optionalAttrs (builtins.elem level [ "none" "may" ]) {
            smtpd_tls_security_level = "encrypt";
          }
        );
      };
    };
}

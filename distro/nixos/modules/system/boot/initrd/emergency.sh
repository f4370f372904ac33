# The shell of last resort in the initrd, or the way to it: what failed, which disks are there, and what can be done.

say() { echo "stage 1: $*"; }

read -r commandLine < /proc/cmdline
echo
say 'the boot cannot continue:'
journalctl -b --no-pager -o cat -p warning _PID=1 | tail -n 15
systemctl --no-legend --plain --state=failed list-units 2> /dev/null | while read -r unit _; do
  say "the last lines of $unit (journalctl -u $unit shows all):"
  journalctl -b --no-pager -o cat -n 8 -u "$unit"
done
say 'block devices here:' /sys/class/block/*
say "kernel command line: $commandLine"

access=@access@
case " $commandLine " in
  *' boot.shell_on_fail '*) access=yes ;;
esac
if [ "$access" = no ]; then
  say 'add boot.shell_on_fail to the kernel command line for a shell here; restarting in 60 s'
  sleep 60
  systemctl reboot --force
  exit
fi

say 'You are in emergency mode. A shell follows. journalctl -b and systemctl list-jobs say more; blkid lists disks; the system is at /sysroot.'
say 'exit goes on with the boot: what failed is tried again. systemctl reboot --force restarts the machine.'
if [ "$access" = password ]; then
  sulogin
else
  bash --noprofile -i
fi
systemctl --no-block isolate default.target

# Makes a system the default of the machine's boot menu. Usage: perl install-systemd-boot.pl SYSTEM [ROOT]
#
# systemd-boot, on the EFI system partition, reads loader/loader.conf and loader/entries/*.conf, and the kernels and initrds in EFI/nixos, which
# are copies of those in the store. SYSTEM/systemd-boot has the settings, a word and its value a line. Entries are those of the generations of
# the profile (nix/var/nix/profiles/system-N-link) with their specialisations, and of SYSTEM if it is none of them.
use strict;
use warnings;

my ($system, $root) = (@ARGV, '');

sub slurp {
    my ($path) = @_;
    open(my $in, '<:raw', $path) or return undef;
    local $/;
    return scalar <$in>;
}

my (%setting, %entries, %files);
for (split(/\n/, slurp("$root$system/systemd-boot") // die "$system is no system that systemd-boot starts\n")) {
    if (/^entry (\S+) (\S+)$/) { $entries{$1} = $2 }
    elsif (/^file (\S+) (\S+)$/) { $files{$1} = $2 }
    elsif (/^(\S+) (.*)$/) { $setting{$1} = $2 }
}
my $esp = "$root$setting{mountPoint}";
die "this machine has no boot menu of systemd-boot ($setting{mountPoint}/loader/loader.conf): is its EFI system partition mounted?\n"
    unless -e "$esp/loader/loader.conf";

# Written beside its place, and there on the disk, before it gets its name. Files that are right already stay.
sub put {
    my ($path, $text) = @_;
    return if $text eq (slurp("$esp/$path") // '');
    my $folder = '';
    for (split(m{/}, $path =~ s{/[^/]+$}{}r)) { $folder .= "/$_"; mkdir("$esp$folder") unless -d "$esp$folder" }
    open(my $out, '>:raw', "$esp/$path.new") or die "$esp/$path: $!\n";
    (print $out $text) && close($out) or die "$esp/$path: $!\n";
    system('sync', "$esp/$path.new") == 0 or die "$esp/$path cannot be written\n";
    rename("$esp/$path.new", "$esp/$path") or die "$esp/$path: $!\n";
}

# Where a link of the machine's store leads.
sub target {
    my ($path) = @_;
    for (1 .. 40) {
        my $to = readlink("$root$path") // return $path;
        $path = $to =~ m{^/} ? $to : $path =~ s{[^/]+$}{$to}r;
    }
    die "$path: too many links\n";
}

my %kept;

# A copy of a file in the store, once.
sub kernel {
    my ($path) = @_;
    my ($name, $file) = $path =~ m{^/nix/store/([^/]+)(?:/.*)?/([^/]+)$} or die "$path is not in the store\n";
    my $copy = "EFI/nixos/$name-$file.efi";
    put($copy, slurp("$root$path") // die "$path: $!\n") unless $kept{$copy}++ || -s "$esp/$copy" && -s "$esp/$copy" == -s "$root$path";
    return $copy;
}

# Writes a system's entry.
sub entry {
    my ($name, $title, $number, $path) = @_;
    my ($kernel, $initrd) = map { target("$path/$_") } ('kernel', 'initrd');
    my ($params, $version) = map { (slurp("$root$path/$_") // '') =~ s/\s+$//r } ('kernel-params', 'nixos-version');
    my ($release) = $kernel =~ m{/vmlinuz-([^/]+)$};
    my $generation = defined($number) ? "Generation $number " : '';
    my @lines = (
        "title $title",
        "sort-key $setting{sortKey}",
        "version $generation$setting{distroName} $version, Linux Kernel " . ($release // ''),
        'linux /' . kernel($kernel),
        'initrd /' . kernel($initrd),
        "options init=$path/init" . ($params eq '' ? '' : " $params"),
    );
    put("loader/entries/$name", join('', map { "$_\n" } @lines));
    $kept{"loader/entries/$name"} = 1;
}

# The entries of a system and its specialisations. Returns the name of that for SYSTEM.
sub entriesOf {
    my ($base, $number, $path) = @_;
    my $default;
    my @variants = (["$base.conf", $setting{distroName}, $path]);
    for my $link (sort(glob("$root$path/specialisation/*"))) {
        my ($name) = $link =~ m{/([^/]+)$};
        push @variants, ["$base-specialisation-$name.conf", "$setting{distroName} ($name)", target("$path/specialisation/$name")];
    }
    for (@variants) {
        my ($name, $title, $variant) = @$_;
        entry($name, $title, $number, $variant);
        $default = $name if $variant eq $system;
    }
    return $default;
}

my %generations;
for my $link (glob("$root/nix/var/nix/profiles/system-*-link")) {
    my ($number) = $link =~ /system-([0-9]+)-link$/ or next;
    my $path = readlink($link) // next;
    $generations{$number} = $path if $path =~ m{^/nix/store/[0-9A-Za-z+._?=-]+$} && -e "$root$path/kernel";
}
my @numbers = sort { $b <=> $a } keys %generations;
splice(@numbers, $setting{limit}) if defined($setting{limit}) && @numbers > $setting{limit};
my ($current) = grep { $generations{$_} eq $system } sort { $b <=> $a } keys %generations;
push @numbers, $current if defined($current) && !grep { $_ == $current } @numbers;

my $default;
for my $number (@numbers) {
    my $found = entriesOf("nixos-generation-$number", $number, $generations{$number});
    $default //= $found;
}
if (!defined($default)) {
    my ($hash) = $system =~ m{^/nix/store/([0-9a-z]{32})-} or die "$system is not in the store\n";
    $default = entriesOf("nixos-system-$hash", undef, $system);
}
for my $name (sort(keys(%entries))) {
    put("loader/entries/$name", slurp("$root$entries{$name}") // die "$entries{$name}: $!\n");
    $kept{"loader/entries/$name"} = 1;
}
for my $path (sort(keys(%files))) { put($path, slurp("$root$files{$path}") // die "$files{$path}: $!\n") }
for my $path ('EFI/systemd/systemd-bootx64.efi', 'EFI/BOOT/BOOTX64.EFI') {
    put($path, slurp("$root$setting{program}") // die "$setting{program}: $!\n");
}
put('loader/loader.conf', join('', map { "$_\n" }
    "timeout $setting{timeout}", "default $default", ($setting{editor} ? () : 'editor 0'), "console-mode $setting{consoleMode}"));

# What no entry needs any more goes last: until then, the menu of before was whole.
for my $old (glob("$esp/loader/entries/nixos-*.conf"), glob("$esp/EFI/nixos/*.efi")) {
    my $path = substr($old, length("$esp/"));
    unlink($old) unless $kept{$path};
}
system('sync', '-f', "$esp/loader") == 0 or die "$esp cannot be written\n";

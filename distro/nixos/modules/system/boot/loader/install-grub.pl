# Makes a system the default of the machine's boot menu. Usage: perl install-grub.pl SYSTEM [ROOT]
#
# GRUB itself, in the image, reads /boot/grub/grub.cfg and the kernels in the store. SYSTEM/boot-menu is that file with @toplevel@ for the
# system's own path. Below it come the other generations of the profile (nix/var/nix/profiles/system-N-link) with their specialisations, the
# newest first.
use strict;
use warnings;

my ($system, $root) = (@ARGV, '');
my $menu = "$root/boot/grub/grub.cfg";

sub slurp {
    my ($path) = @_;
    open(my $in, '<', $path) or return undef;
    local $/;
    return scalar <$in>;
}

# The text of a system's menu, for its path.
sub menuOf {
    my ($path) = @_;
    my $text = slurp("$root$path/boot-menu") // return undef;
    return $text =~ s/\@toplevel\@/$path/gr;
}

# The entries of a system's menu that start it and its specialisations: for each the first one. $rename changes titles.
sub entriesOf {
    my ($path, $rename) = @_;
    my $text = menuOf($path) // return ();
    my (@entries, %seen);
    while ($text =~ /^(menuentry ")((?:[^"\\]|\\.)*)(" .*?^\}\n)/msg) {
        my ($before, $title, $after) = ($1, $2, $3);
        my ($started) = $after =~ m{ init=(/nix/store/[^/\s]+)/init\s} or next;
        push @entries, $before . $rename->($title) . $after unless $seen{$started}++ || $started eq $system;
    }
    return @entries;
}

# Number => store path.
sub generations {
    my %found;
    for my $link (glob("$root/nix/var/nix/profiles/system-*-link")) {
        my ($number) = $link =~ /system-([0-9]+)-link$/ or next;
        my $path = readlink($link) // next;
        $found{$number} = $path if $path =~ m{^/nix/store/[0-9A-Za-z+._?=-]+$};
    }
    return %found;
}

die "this machine has no boot menu (/boot/grub/grub.cfg): what starts it chooses its system, so that none can be made the default of the "
    . "next boot. `test' activates a system until then.\n" unless -e $menu;
die "$system is no system with a boot menu\n" unless defined(my $text = menuOf($system));

my %generations = generations();
my @others = map { my $number = $_; entriesOf($generations{$number}, sub { "$_[0] (generation $number)" }) }
    sort { $b <=> $a } grep { $generations{$_} ne $system } keys %generations;
$text .= "submenu \"Other generations\" {\n" . join('', @others) . "}\n" if @others;

if ($text ne (slurp($menu) // '')) {
    open(my $out, '>', "$menu.new") or die "$menu.new: $!\n";
    print $out $text;
    close($out) or die "$menu.new: $!\n";
    # The text is on the disk before the name is.
    system('sync', "$menu.new") == 0 or die "$menu.new cannot be written\n";
    rename("$menu.new", $menu) or die "$menu: $!\n";
    system('sync', '-f', $menu) == 0 or die "$menu cannot be written\n";
}

# with-secrets.pl FILE [SECRETS]: prints a configuration of wpa_supplicant in which values `ext:NAME' are those of the file with secrets.
use strict;
use warnings;

my ( $file, $secrets ) = @ARGV;
my %secret;
if ( defined $secrets ) {
    open( my $in, '<', $secrets ) or die "$secrets: $!\n";
    while ( my $line = <$in> ) {
        chomp $line;
        $secret{$1} = $2 if $line =~ /\A([^=#]+)=(.*)\z/;
    }
}
open( my $in, '<', $file ) or die "$file: $!\n";
while ( my $line = <$in> ) {
    if ( $line =~ /\A(\s*[a-z0-9_]+)=ext:(\S+)\s*\z/ ) {
        my ( $key, $name ) = ( $1, $2 );
        die "networking.wireless.secretsFile has no `$name'\n" if !exists $secret{$name};
        my $value = $secret{$name};
        $line = $value =~ /\A[0-9a-fA-F]{64}\z/ ? "$key=$value\n" : "$key=\"$value\"\n";
    }
    print $line;
}

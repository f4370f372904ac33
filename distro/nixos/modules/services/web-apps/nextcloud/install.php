<?php
// Runs Nextcloud's `occ maintenance:install`. Passwords come from the unit's credentials and are no words of a command line, which all
// could read. The only argument is a file with the other words in JSON.
$credentials = getenv('CREDENTIALS_DIRECTORY');
$words = array_merge(['occ', 'maintenance:install'], json_decode(file_get_contents($argv[1]), true, 512, JSON_THROW_ON_ERROR));
foreach (['database-pass' => 'dbpass', 'admin-pass' => 'adminpass'] as $option => $name) {
    if (!in_array("--$option", $words, true)) {
        continue;
    }
    $value = trim((string) file_get_contents("$credentials/$name"));
    if ($value === '') {
        fwrite(STDERR, "The file of the password for --$option is empty.\n");
        exit(1);
    }
    $words[array_search("--$option", $words, true)] = "--$option=$value";
}
$_SERVER['argv'] = $argv = $words;
$_SERVER['argc'] = $argc = count($words);
require getcwd() . '/console.php';

<?php
$words = array_slice($_SERVER['argv'], 1);
$command = array_shift($words);
$folder = getenv('NEXTCLOUD_CONFIG_DIR');
if (posix_getuid() !== fileowner($folder)) {
    exit("This is not the owner of $folder.\n");
}
$options = [];
foreach ($words as $word) {
    if (preg_match('/^--([^=]+)(?:=(.*))?$/s', $word, $parts)) {
        $options[$parts[1]] = $parts[2] ?? true;
    }
}
if ($command === 'maintenance:install') {
    // The words of the process, which all can read.
    $seen = str_replace("\0", ' ', file_get_contents('/proc/self/cmdline'));
    $installed = ['installed' => true, 'options' => $options, 'cmdline' => $seen];
    file_put_contents("$folder/config.php", '<?php $CONFIG = ' . var_export($installed, true) . ';');
    exit(0);
}
$settings = require __DIR__ . '/settings.php';
if ($command === 'status') {
    echo json_encode(['installed' => $settings['installed'] ?? false, 'maintenance' => false, 'needsDbUpgrade' => false]), "\n";
} elseif ($command === 'config:system:get') {
    echo json_encode($settings[$words[0]] ?? null), "\n";
} else {
    file_put_contents("$folder/commands", implode(' ', [$command, ...$words]) . "\n", FILE_APPEND);
}

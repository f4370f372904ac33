<?php
// A function from the JSON of the settings to the settings with their secrets, which are in the unit's credentials.
return function (string $file): array {
    $credential = function (string $name): string {
        $folder = getenv('CREDENTIALS_DIRECTORY');
        $text = $folder ? @file_get_contents("$folder/$name") : false;
        if ($text === false) {
            error_log("The credential $name of Nextcloud cannot be read in " . ($folder ?: 'a process without credentials'));
            exit(1);
        }
        return trim($text);
    };
    $decode = fn (string $text): array => json_decode($text, true, 512, JSON_THROW_ON_ERROR);

    $made = $decode(file_get_contents($file));
    $config = $made['config'];
    foreach ($made['secrets'] as $secret) {
        $place = &$config;
        foreach ($secret['path'] as $name) {
            $place = &$place[$name];
        }
        $place = $credential($secret['credential']);
        unset($place);
    }
    return $made['settings'] ? array_replace_recursive($config, $decode($credential('settings'))) : $config;
};

<?php
// config.php and what stands after it, as Nextcloud reads them.
return (function (): array {
    $folder = getenv('NEXTCLOUD_CONFIG_DIR');
    $all = [];
    foreach (array_merge(glob("$folder/config.php"), glob("$folder/*.config.php")) as $file) {
        unset($CONFIG);
        include $file;
        $all = array_merge($all, $CONFIG);
    }
    return $all;
})();

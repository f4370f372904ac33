<?php
$settings = require __DIR__ . '/settings.php';
$database = new PDO("pgsql:host={$settings['dbhost']};dbname={$settings['dbname']}", $settings['dbuser']);
echo json_encode([
    'user' => posix_getpwuid(posix_geteuid())['name'],
    'database' => $database->query('SELECT current_user || current_database()')->fetchColumn(),
    'path' => $_SERVER['PATH_INFO'] ?? null,
    'uri' => $_SERVER['REQUEST_URI'],
    'https' => $_SERVER['HTTPS'],
    'mail' => $settings['mail_smtppassword'],
    'extra' => $settings['extra'],
    'limit' => ini_get('upload_max_filesize'),
    'apcu' => apcu_enabled(),
]);

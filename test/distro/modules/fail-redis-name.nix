(import ./system.inc { services.redis.servers."a b".enable = true; }).checked

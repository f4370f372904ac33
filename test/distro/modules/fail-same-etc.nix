(import ./system.inc { environment.etc.a.text = "1"; environment.etc.b = { target = "a"; text = "2"; }; }).checked

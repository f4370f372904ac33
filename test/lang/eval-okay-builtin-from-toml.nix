fromTOML (
  "a = 1\nb.c = \"x\"\nd = [ 1, 2, 3 ]\nhex = 0xff\noct = 0o17\nbin = 0b101\nbig = 1_000_000\nfl = 1.5e3\n"
  + "[t]\nx = { y = true, z = [ { w = 1 } ] }\n[[arr]]\nk = 1\n[[arr]]\nk = 2\n[\"q r\".s]\nlit = 'c:\\path'\n"
  + "multi = \"\"\"\n a\n b\"\"\"\n"
)

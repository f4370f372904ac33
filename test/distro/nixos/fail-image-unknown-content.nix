(import ./image.inc
{ args = { touchEFIVars = true; copyChannel = true;
    contents = [ { source = ./image.inc; target = "/x"; mod = "0600"; } { target = "/y"; source = "/x"; group = "root"; }
      { source = ./image.inc; } ]; }; }
).drvPath

# Licences by nixpkgs' names.
{ lib }:

let
  licence = shortName: spdxId: fullName: {
    inherit shortName spdxId fullName;
    url = "https://spdx.org/licenses/${spdxId}.html";
    free = true;
    redistributable = true;
    deprecated = false;
  };
  plain = shortName: fullName: free: {
    inherit shortName fullName free;
    redistributable = free;
    deprecated = false;
  };
in
{
  mit = licence "mit" "MIT" "MIT License";
  bsd2 = licence "bsd2" "BSD-2-Clause" "BSD 2-clause \"Simplified\" License";
  bsd3 = licence "bsd3" "BSD-3-Clause" "BSD 3-clause \"New\" or \"Revised\" License";
  bsd0 = licence "bsd0" "0BSD" "BSD Zero Clause License";
  asl20 = licence "asl20" "Apache-2.0" "Apache License 2.0";
  gpl1Only = licence "gpl1Only" "GPL-1.0-only" "GNU General Public License v1.0 only";
  gpl1Plus = licence "gpl1Plus" "GPL-1.0-or-later" "GNU General Public License v1.0 or later";
  gpl2Only = licence "gpl2Only" "GPL-2.0-only" "GNU General Public License v2.0 only";
  gpl2Plus = licence "gpl2Plus" "GPL-2.0-or-later" "GNU General Public License v2.0 or later";
  gpl3Only = licence "gpl3Only" "GPL-3.0-only" "GNU General Public License v3.0 only";
  gpl3Plus = licence "gpl3Plus" "GPL-3.0-or-later" "GNU General Public License v3.0 or later";
  lgpl2Only = licence "lgpl2Only" "LGPL-2.0-only" "GNU Library General Public License v2 only";
  lgpl2Plus = licence "lgpl2Plus" "LGPL-2.0-or-later" "GNU Library General Public License v2 or later";
  lgpl21Only = licence "lgpl21Only" "LGPL-2.1-only" "GNU Lesser General Public License v2.1 only";
  lgpl21Plus = licence "lgpl21Plus" "LGPL-2.1-or-later" "GNU Lesser General Public License v2.1 or later";
  lgpl3Only = licence "lgpl3Only" "LGPL-3.0-only" "GNU Lesser General Public License v3.0 only";
  lgpl3Plus = licence "lgpl3Plus" "LGPL-3.0-or-later" "GNU Lesser General Public License v3.0 or later";
  agpl3Only = licence "agpl3Only" "AGPL-3.0-only" "GNU Affero General Public License v3.0 only";
  agpl3Plus = licence "agpl3Plus" "AGPL-3.0-or-later" "GNU Affero General Public License v3.0 or later";
  mpl11 = licence "mpl11" "MPL-1.1" "Mozilla Public License 1.1";
  mpl20 = licence "mpl20" "MPL-2.0" "Mozilla Public License 2.0";
  isc = licence "isc" "ISC" "ISC License";
  zlib = licence "zlib" "Zlib" "zlib License";
  artistic1 = licence "artistic1" "Artistic-1.0" "Artistic License 1.0";
  artistic2 = licence "artistic2" "Artistic-2.0" "Artistic License 2.0";
  boost = licence "boost" "BSL-1.0" "Boost Software License 1.0";
  cc0 = licence "cc0" "CC0-1.0" "Creative Commons Zero v1.0 Universal";
  cc-by-40 = licence "cc-by-40" "CC-BY-4.0" "Creative Commons Attribution 4.0";
  cc-by-sa-40 = licence "cc-by-sa-40" "CC-BY-SA-4.0" "Creative Commons Attribution Share Alike 4.0";
  epl10 = licence "epl10" "EPL-1.0" "Eclipse Public License 1.0";
  epl20 = licence "epl20" "EPL-2.0" "Eclipse Public License 2.0";
  eupl12 = licence "eupl12" "EUPL-1.2" "European Union Public License 1.2";
  ofl = licence "ofl" "OFL-1.1" "SIL Open Font License 1.1";
  openssl = licence "openssl" "OpenSSL" "OpenSSL License";
  postgresql = licence "postgresql" "PostgreSQL" "PostgreSQL License";
  psfl = licence "psfl" "Python-2.0" "Python Software Foundation License version 2";
  ruby = licence "ruby" "Ruby" "Ruby License";
  unlicense = licence "unlicense" "Unlicense" "The Unlicense";
  vim = licence "vim" "Vim" "Vim License";
  wtfpl = licence "wtfpl" "WTFPL" "Do What The F*ck You Want To Public License";
  x11 = licence "x11" "X11" "X11 License";
  curl = licence "curl" "curl" "curl License";
  hpnd = licence "hpnd" "HPND" "Historic Permission Notice and Disclaimer";
  ncsa = licence "ncsa" "NCSA" "University of Illinois/NCSA Open Source License";
  tcltk = licence "tcltk" "TCL" "TCL/TK License";
  php301 = licence "php301" "PHP-3.01" "PHP License v3.01";
  sleepycat = licence "sleepycat" "Sleepycat" "Sleepycat License";
  w3c = licence "w3c" "W3C" "W3C Software Notice and License";
  fdl13Plus = licence "fdl13Plus" "GFDL-1.3-or-later" "GNU Free Documentation License v1.3 or later";
  publicDomain = plain "publicDomain" "Public Domain" true;
  free = plain "free" "Unspecified free software license" true;
  unfree = plain "unfree" "Unfree" false;
  unfreeRedistributable = plain "unfreeRedistributable" "Unfree redistributable" false // { redistributable = true; };
  unfreeRedistributableFirmware = plain "unfreeRedistributableFirmware" "Unfree redistributable firmware" false // { redistributable = true; };
}

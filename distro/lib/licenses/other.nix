# Licences that aren't on the SPDX list, and what stands for several, by nixpkgs' names.
{ named }:

{
  # Free.
  free = {
    aom = named "Alliance for Open Media Patent License 1.0" // {
      url = "https://aomedia.org/license/patent-license/";
    };
    bsdAxisNoDisclaimerUnmodified =
      named "BSD-Axis without Warranty Disclaimer with Unmodified requirement"
      // { url = "https://scancode-licensedb.aboutcode.org/bsd-no-disclaimer-unmodified.html"; };
    free = named "Unspecified free software license";
    g4sl = named "Geant4 Software License" // {
      url = "https://geant4.web.cern.ch/geant4/license/LICENSE.html";
    };
    generaluser = named "GeneralUser GS License v2.0" // {
      url = "https://www.schristiancollins.com/generaluser.php";
    };
    gfl = named "GUST Font License" // {
      url = "https://www.gust.org.pl/projects/e-foundry/licenses/GUST-FONT-LICENSE.txt";
    };
    gfsl = named "GUST Font Source License" // {
      url = "https://www.gust.org.pl/projects/e-foundry/licenses/GUST-FONT-SOURCE-LICENSE.txt";
    };
    hpndDifferentDisclaimer = named "HPND with different disclaimer" // {
      url =
        "https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/1914233e662d23ffb3812b80fadd0bbd064ad91c/COPYING-x11proto#L69-88";
    };
    llgpl21 =
      named (
        "Lisp LGPL; GNU Lesser General Public License version 2.1 with Franz Inc. preamble for "
        + "clarification of LGPL terms in context of Lisp"
      )
      // { url = "https://opensource.franz.com/preamble.html"; };
    publicDomain = named "Public Domain";
    stk = named "Synthesis Tool Kit 4.3" // {
      url = "https://github.com/thestk/stk/blob/master/LICENSE";
    };
    sudo = named "Sudo License (ISC-style)" // { url = "https://www.sudo.ws/about/license/"; };
    ucd = named "Unicode Character Database License" // {
      url = "https://fedoraproject.org/wiki/Licensing:UCD";
    };
    unfreeRedistributableFirmware = named "Unfree redistributable firmware";
    vol-sl = named "Volatility Software License, Version 1.0" // {
      url = "https://www.volatilityfoundation.org/license/vsl-v1.0";
    };
    wadalab = named "Wadalab Font License" // {
      url = "https://fedoraproject.org/wiki/Licensing:Wadalab?rd=Licensing/Wadalab";
    };
    x11BsdClause = named "X11 License with third BSD clause" // {
      url =
        "https://gitlab.freedesktop.org/xorg/driver/xf86-video-geode/-/blob/d147c3f1b6907ae9db6f12853cedd450537d99d2/COPYING";
    };
  };

  # Not free, but may be passed on.
  redistributable = {
    enpl = named "Emmi AI Non-Production License" // {
      url = "https://github.com/Emmi-AI/noether/blob/main/LICENSE.txt";
    };
    fairsource09 = named "Fair Source License, version 0.9" // {
      url = "https://fair.io/v0.9.txt";
    };
    hl3 = named "Hippocratic License v3.0" // {
      url = "https://firstdonoharm.dev/version/3/0/core.txt";
    };
    nvidiaCudaRedist = named "CUDA Toolkit End User License Agreement (EULA)" // {
      url =
        "https://docs.nvidia.com/cuda/eula/index.html#cuda-toolkit-supplement-license-agreement";
    };
    sfl = named "Source First License 1.1" // {
      url = "https://gitlab.futo.org/videostreaming/grayjay/-/blob/master/LICENSE.md";
    };
    teamspeak = named "Teamspeak client license" // {
      url = "https://www.teamspeak.com/en/privacy-and-terms/";
    };
    unfreeRedistributable = named "Unfree redistributable";
  };

  # Neither.
  unfree = {
    acsl14 = named "Anti-Capitalist Software License v1.4" // {
      url = "https://anticapitalist.software/";
    };
    activision = named "Activision EULA" // {
      url = "https://www.doomworld.com/eternity/activision_eula.txt";
    };
    amazonsl = named "Amazon Software License" // { url = "https://aws.amazon.com/asl/"; };
    amd = named "AMD License Agreement" // {
      url = "https://developer.amd.com/amd-license-agreement/";
    };
    cockroachdb-community-license = named "CockroachDB Community License Agreement" // {
      url = "https://www.cockroachlabs.com/cockroachdb-community-license/";
    };
    commons-clause = named "Commons Clause License" // { url = "https://commonsclause.com/"; };
    databricks = named "Databricks License" // {
      url = "https://www.databricks.com/legal/db-license";
    };
    databricks-dbx = named "DataBricks eXtensions aka dbx License" // {
      url =
        "https://github.com/databrickslabs/dbx/blob/743b579a4ac44531f764c6e522dbe5a81a7dc0e4/LICENSE";
    };
    databricks-license = named "Databricks License" // {
      url = "https://www.databricks.com/legal/db-license";
    };
    eapl = named "EPSON AVASYS PUBLIC LICENSE" // {
      url = "https://avasys.jp/hp/menu000000700/hpg000000603.htm";
    };
    epson = named "Seiko Epson Corporation Software License Agreement for Linux" // {
      url = "https://download.ebz.epson.net/dsc/du/02/eula/global/LINUX_EN.html";
    };
    ffsl = named "Floodgap Free Software License" // {
      url = "https://www.floodgap.com/software/ffsl/license.html";
    };
    geogebra = named "GeoGebra Non-Commercial License Agreement" // {
      url = "https://www.geogebra.org/license";
    };
    inria-compcert =
      named "INRIA Non-Commercial License Agreement for the CompCert verified compiler"
      // { url = "https://compcert.org/doc/LICENSE.txt"; };
    inria-icesl = named "End User License Agreement for IceSL Software" // {
      url = "https://icesl.loria.fr/assets/pdf/EULA_IceSL_binary.pdf";
    };
    inria-zelus = named "INRIA Non-Commercial License Agreement for the Zélus compiler" // {
      url = "https://github.com/INRIA/zelus/raw/829f2b97cba93b0543a9ca0272269e6b8fdad356/LICENSE";
    };
    intel-eula = named "Intel End User License Agreement for Developer Tools" // {
      url =
        "https://software.intel.com/sites/manageability/AMT_Implementation_and_Reference_Guide/WordDocuments/intelamtsdklicense.htm";
    };
    issl = named "Intel Simplified Software License" // {
      url = "https://software.intel.com/en-us/license/intel-simplified-software-license";
    };
    lens = named "Lens Terms of Service Agreement" // { url = "https://k8slens.dev/legal/tos"; };
    netboxLimitedUse = named "NetBox Limited Use License 1.0" // {
      url =
        "https://github.com/netboxlabs/netbox-branching/blob/8465b9aee69ded23930cfe1a522695bfb8955a5a/LICENSE.md";
    };
    nvidiaCuda = named "CUDA Toolkit End User License Agreement (EULA)" // {
      url =
        "https://docs.nvidia.com/cuda/eula/index.html#cuda-toolkit-supplement-license-agreement";
    };
    obsidian = named "Obsidian End User Agreement" // { url = "https://obsidian.md/eula"; };
    ocamlpro_nc = named "OCamlPro Non Commercial license version 1" // {
      url = "https://alt-ergo.ocamlpro.com/http/alt-ergo-2.2.0/OCamlPro-Non-Commercial-License.pdf";
    };
    postman = named "Postman EULA" // {
      url = "https://www.getpostman.com/licenses/postman_base_app";
    };
    prosperity30 = named "Prosperity-3.0.0" // {
      url = "https://prosperitylicense.com/versions/3.0.0.html";
    };
    tsl = named "Timescale License Agreement" // {
      url = "https://github.com/timescale/timescaledb/blob/main/tsl/LICENSE-TIMESCALE";
    };
    unfree = named "Unfree";
    virtualbox-puel =
      named "Oracle VM VirtualBox Extension Pack Personal Use and Evaluation License (PUEL)"
      // { url = "https://www.virtualbox.org/wiki/VirtualBox_PUEL"; };
  };
}

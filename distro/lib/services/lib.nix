# Modular services: services that are described without the module system of the machine that runs them. A module system takes them by
# `configure`, as NixOS's `system.services` and Home Manager's `home.services` do.
{ lib, ... }:

let
  inherit (lib) showOption;

  /* What `f loc service` returns of a service and of all services in it, as one list. `loc` is the service's place among the options. */
  ofAll =
    f: loc: service:
    f loc service
    ++ lib.concatLists (
      lib.mapAttrsToList (name: ofAll f (loc ++ [ "services" name ])) service.services
    );
in
{
  flattenMapServicesConfigToList = ofAll;

  /* loc: service: the warnings of a service and of all in it, with their places. */
  getWarnings = ofAll (
    loc: service: map (message: "in ${showOption loc}: ${message}") service.warnings
  );

  /* loc: service: the same of the assertions. */
  getAssertions = ofAll (
    loc: service:
    map (it: {
      inherit (it) assertion;
      message = "in ${showOption loc}: ${it.message}";
    }) service.assertions
  );

  /* The type of an option for a service, as { serviceSubmodule }.

     `serviceManagerPkgs` are the packages that make files of texts, `extraRootModules` the service manager's own modules. Those must bring
     themselves into the services of a service. */
  configure =
    {
      serviceManagerPkgs ?
        throw "lib.services.configure: serviceManagerPkgs is missing. Pass pkgs, or baseModules.",
      baseModules ? [
        (lib.modules.importApply ./service.nix { pkgs = serviceManagerPkgs; })
      ],
      extraRootModules ? [ ],
      extraRootSpecialArgs ? { },
    }:
    {
      serviceSubmodule = lib.types.submoduleWith {
        class = "service";
        modules = baseModules ++ extraRootModules;
        specialArgs = extraRootSpecialArgs;
      };
    };
}

# Desktops that are there after boot:
#
#   imports = [ ./rd/scripts/packaging/nix/module.nix ];
#   services.rd-desktop = {
#     enable = true;
#     sessions.desktop = { user = "ann"; turnPort = 3478; };
#     openFirewall = true;
#   };
#
# Their addresses, for ann, by ssh:  rd-desktop url desktop
{ config, lib, options, pkgs, utils, ... }:

let
  cfg = config.services.rd-desktop;

  session = { name, ... }: {
    options = {
      user = lib.mkOption {
        type = lib.types.str;
        description = "Whose desktop it is.";
      };
      port = lib.mkOption {
        type = lib.types.port;
        default = 16100;
        description = "Port of the loopback interface for browsers.";
      };
      turnPort = lib.mkOption {
        type = lib.types.nullOr lib.types.port;
        default = null;
        description = "Port, by UDP and TCP, for media of browsers elsewhere.";
      };
      size = lib.mkOption {
        type = lib.types.strMatching "[1-9][0-9]+x[1-9][0-9]+";
        default = "1920x1080";
        description = "Size of the screen at first.";
      };
      xstartup = lib.mkOption {
        type = lib.types.nullOr lib.types.path;
        default = null;
        example = lib.literalExpression ''"''${pkgs.xfce.xfce4-session}/bin/startxfce4"'';
        description = "The program that is the desktop; a plain one unless given.";
      };
    };
  };

  command = name: s: utils.escapeSystemdExecArgs (
    [ (lib.getExe cfg.package) "run" "-p" s.port "-s" s.size ]
    ++ lib.optionals (s.turnPort != null) [ "-turn" s.turnPort ]
    ++ lib.optionals (s.xstartup != null) [ "-xstartup" s.xstartup ]
    ++ [ name ]
  );

  unit = name: s: {
    description = "Remote desktop ${name}";
    documentation = [ "man:rd-desktop(1)" ];
    wantedBy = [ "default.target" ];
    unitConfig.ConditionUser = s.user;
    # An update takes nobody's desktop away.
    restartIfChanged = false;
    serviceConfig = {
      Type = "exec";
      ExecStart = command name s;
      StandardOutput = "null";
      KillMode = "mixed";
      TimeoutStopSec = 40;
      Restart = "on-failure";
    };
  };

  sessions = lib.attrValues cfg.sessions;
  turnPorts = lib.filter (port: port != null) (map (s: s.turnPort) sessions);
in
{
  options.services.rd-desktop = {
    enable = lib.mkEnableOption "remote desktops by rd";
    package = lib.mkOption {
      type = lib.types.package;
      default = import ./package.nix { inherit pkgs; };
      defaultText = lib.literalExpression "import ./package.nix { inherit pkgs; }";
      description = "The package of rd.";
    };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Open the ports turnPort of all sessions.";
    };
    sessions = lib.mkOption {
      type = lib.types.attrsOf (lib.types.submodule session);
      default = { };
      description = "Sessions by their names.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # The X server's software renderer is found there.
    hardware.${if options.hardware ? graphics then "graphics" else "opengl"}.enable =
      lib.mkDefault true;
    users.users = lib.mkMerge
      (map (s: { ${s.user}.linger = true; }) sessions);
    systemd.user.services = lib.mapAttrs' (name: s:
      lib.nameValuePair "rd-desktop-${name}" (unit name s)) cfg.sessions;
    networking.firewall = lib.mkIf cfg.openFirewall {
      allowedTCPPorts = turnPorts;
      allowedUDPPorts = turnPorts;
    };
    assertions = [
      {
        assertion = lib.allUnique (map (s: s.port) sessions);
        message = "services.rd-desktop: two sessions have the same port";
      }
    ];
  };
}

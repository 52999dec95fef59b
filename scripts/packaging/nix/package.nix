# rd, from the source tree this file is in:  nix-build scripts/packaging/nix
{ pkgs ? import <nixpkgs> { } }:

let
  # What rd-desktop starts; its scripts find it on PATH.
  session = with pkgs; [
    coreutils
    gawk
    gnugrep
    gnused
    icewm
    openbox
    procps
    pulseaudio
    python3
    python3Packages.supervisor
    util-linux
    xdg-user-dirs
    xorg.setxkbmap
    xorg.xauth
    xorg.xkbcomp
    xorg.xorgserver
    xorg.xrdb
    xorg.xsetroot
    xterm
  ];
in
pkgs.stdenv.mkDerivation {
  pname = "rd";
  version = "0";
  src = ../../..;

  nativeBuildInputs = with pkgs; [ makeWrapper pkg-config ];
  buildInputs = with pkgs; [
    cjson
    freerdp
    libjpeg_turbo
    libnice
    libogg
    libopus
    libpng
    libpulseaudio
    libseccomp
    libwebsockets
    libxkbcommon
    libyaml
    libyuv
    mbedtls_2
    nettle
    nss
    openssl
    srtp
    usrsctp
    x264
    xorg.libxcb
    zlib
  ];

  enableParallelBuilding = true;
  makeFlags = [ "PREFIX=${placeholder "out"}" ];
  postInstall = ''
    wrapProgram $out/bin/rd-desktop --prefix PATH : ${pkgs.lib.makeBinPath session}
  '';

  meta = {
    description = "Remote desktop made of small tools";
    license = with pkgs.lib.licenses; [ isc gpl2Plus ]; # with x264
    mainProgram = "rd-desktop";
    platforms = pkgs.lib.platforms.linux;
  };
}

#!/usr/bin/env bash
# Sees to it that the named tools are here: scripts/need.sh rust linker broker python node
# What is missing is installed with apt in one go; where that cannot be done, one sentence says
# what to install. Everything present: no network, no message.
set -euo pipefail

packages_of() {
  case $1 in
    # With it what the client of InfluxDB links: OpenSSL's headers.
    linker) echo build-essential libssl-dev pkg-config ;;
    broker) echo mosquitto ;;
    publisher) echo mosquitto-clients ;;
    python) echo python3 python3-venv ;;
    node) echo nodejs npm ;;
    make) echo make ;;
    git) echo git ;;
    chromium) echo chromium ;;
    tmux) echo tmux ;;
    clock) echo faketime ;;
    influxdb) echo influxdb ;;
    # What decodes the cameras, and what makes its bindings.
    ffmpeg-dev) echo libavcodec-dev libavformat-dev libavutil-dev libswscale-dev clang libclang-dev pkg-config ;;
    ffmpeg) echo ffmpeg ;;
    # Makes a camera of a file; the tests alone want it.
    rtsp) echo python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad ;;
    pictures) echo aha fonts-noto-mono fonts-dejavu-core ;;
    *) echo "need.sh: nothing is called '$1' here" >&2; exit 64 ;;
  esac
}

is_here() {
  case $1 in
    linker) command -v cc && pkg-config --exists openssl ;;
    # Debian puts the broker where only root's PATH looks.
    broker) PATH=$PATH:/usr/sbin command -v mosquitto ;;
    publisher) command -v mosquitto_pub ;;
    influxdb) command -v influxd ;;
    ffmpeg-dev) pkg-config --exists libavcodec libavformat libavutil libswscale && command -v clang && ls /usr/lib/llvm-*/lib/libclang*.so* ;;
    # The system's own Python: another one has no GObject.
    rtsp) /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' ;;
    python) python3 -c 'import venv, ensurepip' ;;
    node) command -v node && command -v npm ;;
    clock) command -v faketime ;;
    pictures) command -v aha && [[ -e /usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf ]] ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

if [[ " $* " == *" rust "* ]] && ! command -v cargo >/dev/null; then
  echo "Rust is missing: install it from https://rustup.rs (two minutes), then run this again." >&2
  exit 1
fi

missing=()
for tool in "$@"; do
  [[ $tool == rust ]] || is_here "$tool" || missing+=($(packages_of "$tool"))
done
((${#missing[@]})) || exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then as_root=(sudo -n); fi
if ! command -v apt-get >/dev/null || { ((${#as_root[@]})) && ! sudo -n true 2>/dev/null; }; then
  echo "Missing: ${missing[*]} (Debian's names). This needs root and apt: install them, then run this again." >&2
  exit 1
fi

# Debian starts a broker of its own on port 1883 as soon as mosquitto is installed, and a database as
# soon as influxdb is. motcua and its tests run their own with their own configuration, so these
# services are kept from starting, now and at the next boot.
policy=/usr/sbin/policy-rc.d
if [[ " ${missing[*]} " =~ " "(mosquitto|influxdb)" " && ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
echo "Installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get -q update >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null >&2
if [[ " ${missing[*]} " == *" mosquitto "* ]]; then
  [[ ! -d /run/systemd/system ]] || "${as_root[@]}" systemctl disable --quiet mosquitto || true
  echo "Debian's own mosquitto service stays off: motcua starts its broker itself." >&2
fi
if [[ " ${missing[*]} " == *" influxdb "* ]]; then
  [[ ! -d /run/systemd/system ]] || "${as_root[@]}" systemctl disable --quiet influxdb || true
fi

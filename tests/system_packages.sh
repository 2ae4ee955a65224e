#!/usr/bin/env bash
# The real programs that tests run against: FFmpeg, a browser, GStreamer's RTSP server, a virtual display, proxies, PostgreSQL, Kustomize.
# Installs what is missing where it can (Debian, Ubuntu; as root or with passwordless sudo) and otherwise says
# what is missing; never fails: a test whose part is missing says so itself (tests/support/needs.py).
set -uo pipefail

packages=(
    ffmpeg chromium firefox-esr iproute2 openssl python3-gi xvfb openbox xdotool
    gir1.2-gst-rtsp-server-1.0 glib-networking gstreamer1.0-rtsp gstreamer1.0-tools gstreamer1.0-libav
    nginx-light caddy systemd prometheus postgresql bubblewrap
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
)

# Debian's Kustomize is too old; kubectl has a newer one built in, and Go builds it from its sources, at the end.
tools="$(dirname "$0")/.cache/bin"
build_kustomize() {
    command -v go >/dev/null || { echo "No Go to build kustomize with: tests of the manifests skip" >&2; return; }
    mkdir -p "$tools"
    GOBIN="$(cd "$tools" && pwd)" go install sigs.k8s.io/kustomize/kustomize/v5@v5.5.0 \
        || echo "Could not build kustomize: tests of the manifests skip" >&2
}
if ! command -v kubectl >/dev/null && ! command -v kustomize >/dev/null && [ ! -x "$tools/kustomize" ]; then
    command -v go >/dev/null || packages+=(golang-go)
    trap build_kustomize EXIT
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "Not Debian or Ubuntu: tests skip what they miss of: ${packages[*]}" >&2
    exit 0
fi

# Node.js brings npm with it where it does not come from the distribution.
command -v npm >/dev/null || packages+=(nodejs npm)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)
    [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "Missing for some tests, which skip: sudo apt-get install ${missing[*]}" >&2
        exit 0
    fi
    as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || echo "Could not install all of: ${missing[*]}" >&2
exit 0

#!/bin/sh
# The system libraries that Qt, VTK and the checks need. Installs them where it may (Debian or
# Ubuntu, as root or with password-less sudo); otherwise says what to install, and goes on.
set -u
packages="xvfb xauth dicom3tools python3-venv fonts-dejavu-core libgl1 libegl1 libgl1-mesa-dri
libxkbcommon-x11-0 libdbus-1-3 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"

[ "$(uname -s)" = Linux ] || exit 0
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not a Debian system: please install what these Debian packages hold:" $packages
    exit 0
fi
missing=""
for package in $packages; do
    state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    root="sudo"
else
    echo "Please install these packages, then run make again: sudo apt-get install$missing"
    exit 0
fi
echo "Installing system libraries:$missing"
$root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null

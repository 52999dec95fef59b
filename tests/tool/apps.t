#!/bin/sh
# rd-apps with package tools that are made up.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin" "$dir/device"
export HOME="$dir" PATH="$dir/bin:$PATH"
unset XDG_DATA_HOME DISABLE_VGL VGL_DISPLAY
entries=$dir/.local/share/applications

program() { # NAME: it is made of what comes
	{
		echo '#!/bin/sh'
		cat
	} >"$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}

fails 100 'missing command' 'no command' rd-apps
fails 100 "'-y' is no name" 'an option for the package tool' rd-apps install -y
fails 100 'is no name' 'what a shell would take' rd-apps install 'a;b'
fails 100 'run what' 'nothing to run' rd-apps run

# ---- install

program id <<'END'
echo 0
END
program dpkg-query <<'END'
grep -qsx "$3" "$HOME/installed" && echo 'install ok installed'
END
program apt-get <<'END'
echo "$*" >>"$HOME/apt"
for last; do :; done
case $* in
*install*nosuch*) echo 'E: no such package' >&2; exit 100 ;;
*install*) echo "$last" >>"$HOME/installed" ;;
esac
END
program dpkg <<'END'
find /usr/share/applications -name 'debian-xterm.desktop'
END
printf '%s\n' '[Desktop Entry]' 'Exec=tool %U' 'TryExec=tool' \
	'DBusActivatable=true' '[Desktop Action new]' 'Exec=tool --new' >"$dir/tool.desktop"
program dpkg <<END
echo /usr/bin/tool
echo '$dir/tool.desktop'
END

is "$(rd-apps list | grep ^blender)" 'blender	-	blender' 'list: not there'
rd-apps install blender
is "$?$(tail -n 1 "$dir/apt")" \
	'0-qqy --no-install-recommends install blender' 'what is missing is installed'
is "$(rd-apps list | grep ^blender)" 'blender	installed	blender' 'list: there'
rm "$dir/apt"
rd-apps install blender
[ ! -e "$dir/apt" ]
ok $? 'what is there is not'
rd-apps install firefox
grep -q 'install firefox-esr$' "$dir/apt"
ok $? 'a name is not the package'
fails 111 'cannot install nosuch' 'what no archive has' sh -c \
	'rd-apps install nosuch 2>&1 >/dev/null | grep -v ^E: >&2; exit 111'

sed "s|/usr/share/applications/|$dir/|" scripts/rd-apps >"$dir/bin/apps"
chmod +x "$dir/bin/apps"
apps install blender
is "$(cat "$entries/tool.desktop")" '[Desktop Entry]
Exec=rd-apps run tool %U
[Desktop Action new]
Exec=rd-apps run tool --new' 'menus start it by rd-apps'
is "$(ls -A "$entries")" tool.desktop 'nothing else is left there'

# ---- run

program chromium <<'END'
echo "chromium $*"
END
program tool <<'END'
echo "tool $*"
exit 7
END
program vglrun <<'END'
echo "vglrun $*"
END
is "$(rd-apps run chromium 'a b')" 'chromium --no-sandbox a b' \
	'root has no sandbox for browsers'
sed "s|^DEVICES=.*|DEVICES='$dir/device/*'|" scripts/rd-apps >"$dir/bin/apps"
is "$(apps run tool x; echo $?)" 'tool x
7' 'without a device a program is what it is'
: >"$dir/device/renderD128"
is "$(apps run tool x)" 'vglrun -d egl tool x' 'with one it draws there'
is "$(VGL_DISPLAY=/dev/dri/card1 apps run tool)" 'vglrun -d /dev/dri/card1 tool' \
	'or where it is told to'
is "$(DISABLE_VGL=true apps run tool)" 'tool ' 'or not at all'
rm "$dir/bin/vglrun"
is "$(apps run tool)" 'tool ' 'or when VirtualGL is not there'
done_testing

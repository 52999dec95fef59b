#!/bin/sh
# Every program: -h is the manual's SYNOPSIS, bad command lines end with 100
# and one line.
set -u
cd "$(dirname -- "$0")/../.." || exit
. tests/tool/tap.sh

words() {
	tr -s ' \t\n' '\n' | grep .
}

synopsis() { # PROGRAM
	mandoc -T ascii "man/$1.1" | sed 's/.\x08//g' |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^[A-Z]/!p}' | words
}

# One line on stderr that begins with the program's name, nothing on stdout,
# and status 100.
is_refused() { # NAME PROGRAM ARGUMENT...
	name=$1
	shift
	out=$("$@" 2>&1 >&3 3>&- </dev/null) 3>/dev/null
	status=$?
	[ "$status" = 100 ] && [ "$(printf '%s\n' "$out" | wc -l)" = 1 ] &&
		[ "${out#"$1": fatal: }" != "$out" ]
	ok $? "$1: $name"
	[ "$status" = 100 ] || echo "# status $status: $out"
}

for program in bin/*/ scripts/rd-desktop scripts/rd-send; do
	program=$(basename "$program")
	help=$("$program" -h 2>&1 </dev/null)
	ok $? "$program -h succeeds"
	[ "$(echo "$help" | words)" = "$(synopsis "$program")" ]
	ok $? "$program -h is the SYNOPSIS of its manual"
	is_refused 'an unknown option' "$program" -%
done
is_refused 'a missing command' rd-desktop
is_refused 'an unknown command' rd-desktop dance
is_refused 'a missing route' rd-web
is_refused 'a bad session name' rd-desktop stop ../x
is_refused 'a bad size' rd-desktop start -s 10
is_refused 'a bad port' rd-desktop start -p 70000
is_refused 'a missing -xstartup program' rd-desktop start -xstartup /none
is_refused 'too many operands' rd-desktop url a b
is_refused 'a link for nothing' rd-desktop share
is_refused 'a bad time' rd-desktop share view -t 2
is_refused 'a bad id' rd-desktop revoke ../../x
for option in rd-capture:-f rd-encode:-b rd-input:-d rd-replay:-n rd-rtc:-e \
	rd-sound:-s rd-stream:-e rd-turn:-l rd-web:-a; do
	is_refused "${option#*:} without its operand" "${option%:*}" "${option#*:}"
done
is_refused 'a number that is none' rd-capture -f many
is_refused 'a number out of range' rd-encode -b 0
done_testing

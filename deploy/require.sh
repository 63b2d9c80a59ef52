#!/usr/bin/env bash
# Makes sure that what make needs is on this machine: finds it, or installs it
# with the machine's package manager, or says the command that would.
#
#   deploy/require.sh [postgres] [cc] [curl] [chromium] [npm]
#
# postgres: PostgreSQL 15 or newer with its standard extensions. Only the
#           programs are wanted; Holdfast starts its own server from them.
# cc:       a C compiler, which Go's race detector needs.
# curl:     7.82 or newer, which the README's journey is written for.
# chromium: the browser that the tests of pages drive, or Chrome.
# npm:      which brings axe-core, the rules of accessibility.
set -euo pipefail

minimum=15

# postgres_programs prints every postgres program on this machine.
postgres_programs() {
	ls "${PG_BINDIR:-/nowhere}"/postgres \
		/usr/lib/postgresql/*/bin/postgres \
		/usr/lib/postgresql*/bin/postgres \
		/usr/libexec/postgresql*/postgres \
		/usr/pgsql-*/bin/postgres \
		/opt/homebrew/opt/postgres*/bin/postgres \
		/usr/local/opt/postgres*/bin/postgres \
		/home/linuxbrew/.linuxbrew/opt/postgres*/bin/postgres 2>/dev/null || true
	command -v postgres || true
}

has_postgres() {
	local program major
	for program in $(postgres_programs); do
		major=$("$program" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\).*/\1/p')
		if [ "${major:-0}" -ge "$minimum" ] && [ -x "$(dirname "$program")/initdb" ]; then
			return 0
		fi
	done
	return 1
}

has_cc() {
	command -v "$(go env CC)" >/dev/null
}

has_curl() {
	curl --help all 2>/dev/null | grep -q -- --json
}

has_chromium() {
	command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
} >/dev/null

has_npm() {
	command -v npm >/dev/null
}

# install_command prints the command that installs something here, and nothing
# where there is no package manager that this script knows.
install_command() {
	case $1 in
	postgres)
		if command -v apt-get >/dev/null; then echo 'apt-get update && apt-get install -y --no-install-recommends postgresql'
		elif command -v dnf >/dev/null; then echo 'dnf install -y postgresql-server postgresql-contrib'
		elif command -v zypper >/dev/null; then echo 'zypper install -y postgresql-server postgresql-contrib'
		elif command -v pacman >/dev/null; then echo 'pacman -S --noconfirm postgresql'
		elif command -v apk >/dev/null; then echo 'apk add postgresql postgresql-contrib'
		elif command -v brew >/dev/null; then echo 'brew install postgresql@17'
		fi ;;
	cc)
		if command -v apt-get >/dev/null; then echo 'apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev'
		elif command -v dnf >/dev/null; then echo 'dnf install -y gcc'
		elif command -v zypper >/dev/null; then echo 'zypper install -y gcc'
		elif command -v pacman >/dev/null; then echo 'pacman -S --noconfirm gcc'
		elif command -v apk >/dev/null; then echo 'apk add gcc musl-dev'
		elif command -v brew >/dev/null; then echo 'xcode-select --install'
		fi ;;
	curl)
		if command -v apt-get >/dev/null; then echo 'apt-get update && apt-get install -y --no-install-recommends curl'
		elif command -v dnf >/dev/null; then echo 'dnf install -y curl'
		elif command -v zypper >/dev/null; then echo 'zypper install -y curl'
		elif command -v pacman >/dev/null; then echo 'pacman -S --noconfirm curl'
		elif command -v apk >/dev/null; then echo 'apk add curl'
		elif command -v brew >/dev/null; then echo 'brew install curl'
		fi ;;
	chromium)
		if command -v apt-get >/dev/null; then echo 'apt-get update && apt-get install -y --no-install-recommends chromium'
		elif command -v dnf >/dev/null; then echo 'dnf install -y chromium'
		elif command -v zypper >/dev/null; then echo 'zypper install -y chromium'
		elif command -v pacman >/dev/null; then echo 'pacman -S --noconfirm chromium'
		elif command -v apk >/dev/null; then echo 'apk add chromium'
		elif command -v brew >/dev/null; then echo 'brew install --cask chromium'
		fi ;;
	npm)
		if command -v apt-get >/dev/null; then echo 'apt-get update && apt-get install -y --no-install-recommends npm'
		elif command -v dnf >/dev/null; then echo 'dnf install -y nodejs-npm'
		elif command -v zypper >/dev/null; then echo 'zypper install -y npm'
		elif command -v pacman >/dev/null; then echo 'pacman -S --noconfirm npm'
		elif command -v apk >/dev/null; then echo 'apk add npm'
		elif command -v brew >/dev/null; then echo 'brew install node'
		fi ;;
	esac
}

# administrator prints the words before a command that needs the rights of the
# administrator, and fails where there is no way to get them.
administrator() {
	if [ "$(id -u)" -eq 0 ] || command -v brew >/dev/null; then
		echo 'bash -c'
	elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		echo 'sudo bash -c'
	else
		return 1
	fi
}

# require NAME WORDS makes sure of one thing, which WORDS describe.
require() {
	local name=$1 words=$2 command as
	"has_$name" && return 0
	command=$(install_command "$name")
	if [ -z "$command" ]; then
		echo "$words is needed; please install it." >&2
		return 1
	fi
	if ! as=$(administrator); then
		echo "$words is needed; please run as administrator: $command" >&2
		return 1
	fi
	echo "$words is needed; installing it: $command" >&2
	DEBIAN_FRONTEND=noninteractive $as "$command" >&2
	if ! "has_$name"; then
		echo "$words is needed, and this machine's package manager has none. Install it and, for PostgreSQL, point PG_BINDIR at the folder of its programs." >&2
		return 1
	fi
}

for name in "$@"; do
	case $name in
	postgres) require postgres "PostgreSQL $minimum or newer" ;;
	cc) require cc 'A C compiler' ;;
	curl) require curl 'curl 7.82 or newer' ;;
	chromium) require chromium 'Chromium or Chrome' ;;
	npm) require npm 'npm' ;;
	*) echo "usage: $0 [postgres] [cc] [curl] [chromium] [npm]" >&2; exit 2 ;;
	esac
done

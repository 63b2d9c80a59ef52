#!/usr/bin/env bash
# Refuses contracts that break those of an earlier commit.
#
#   proto/against.sh [COMMIT]
#
# Without a commit it compares with the merge base with origin/main; on main
# itself with HEAD while there are uncommitted changes to proto/, else with the
# commit before. Where that commit does not exist or has no contracts, there is
# nothing to break.
set -euo pipefail
cd "$(dirname "$0")/.."

earlier() {
	local base
	base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null || true)
	if [ -n "$base" ] && [ "$base" != "$(git rev-parse HEAD)" ]; then
		echo "$base"
	elif [ -n "$(git status --porcelain -- proto/holdfast)" ]; then
		echo HEAD
	else
		echo HEAD^
	fi
}

commit=${1:-$(earlier)}
if ! git rev-parse --quiet --verify "$commit:proto/holdfast" >/dev/null; then
	echo "no contracts at $commit: nothing to break"
	exit 0
fi

# The archive lacks the protos of others, so those of today are put beside it.
against=.build/against
rm -rf "$against"
mkdir -p "$against/.build"
git archive "$commit" proto/holdfast | tar -x -C "$against"
cp -R .build/proto "$against/.build/proto"
cp buf.yaml "$against/"
"${BUF:-buf}" breaking --against "$against" --error-format text

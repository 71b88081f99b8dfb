#!/bin/bash
# Workers on the hosts of a list: over-ssh.sh start hosts.txt rediss://queue.example:6380 /shared/cache /data=/mnt/data
# and to have them end: over-ssh.sh stop hosts.txt
set -euo pipefail
action="${1:?start or stop}"
hosts="${2:?a file of host names, one a line}"

start() {
  local redis="${2:?the address of Redis}" cache="${3:?the cache that all share}" map="${4:?the folder of the audio}"
  # What stands between the ENDs runs on the other host, which knows how many cores it has, and where a file has the password.
  ssh "$1" "REDIS=${redis@Q} CACHE=${cache@Q} MAP=${map@Q} bash -s" <<'END'
nohup refrain worker --redis "$REDIS" --redis-password-file "$HOME/.config/refrain/redis-password" \
  --concurrency "$(nproc)" --cache-dir "$CACHE" --map "$MAP" > refrain-worker.log 2>&1 < /dev/null &
echo $! > refrain-worker.pid
END
}

# The worker ends the jobs under way, and then itself.
stop() {
  ssh "$1" 'kill -TERM "$(cat refrain-worker.pid)" && rm refrain-worker.pid' < /dev/null
}

[[ "$action" == start || "$action" == stop ]] || { echo "expected start or stop, got $action" >&2; exit 2; }
failed=0
while read -r -u 3 host; do
  [[ -z "$host" ]] || "$action" "$host" "${@:3}" || { echo "$host: failed" >&2; failed=1; }
done 3< "$hosts"
exit "$failed"

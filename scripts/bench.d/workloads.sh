# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables are those of measure
# The workloads: each takes the directory in which it works (top) and the one where the bytes are (below), and prints one
# number. It begins with no inode known; what it needs before the clock runs is its own business, so that each can be run
# alone. Sourced by measure.

loop() { "$work/bin/workloads" "$@"; }

# The kernel lets go of all inodes, and so do the servers; what it has read from the disk it keeps.
forget_inodes() {
  sync
  echo 2 >/proc/sys/vm/drop_caches
}

# What the program found in the caches until now is gone; nothing waits to be written.
drop_caches() {
  sync
  echo 3 >/proc/sys/vm/drop_caches
}

into_cache() { cat "$1" >/dev/null; }

only_below_cached() {
  drop_caches
  into_cache "$1"
}

# --- large files

fresh_large() {
  rm -f "$1/large/file"
  sync
}

have_large() {
  [[ -s $1/large/file ]] || loop sequential-write "$1/large/file" "$large_mib" >/dev/null
  sync
}

workload_write() {
  fresh_large "$1"
  loop sequential-write "$1/large/file" "$large_mib"
}

workload_write-disk() {
  fresh_large "$1"
  loop sequential-write-to-disk "$1/large/file" "$large_mib"
}

workload_read() {
  have_large "$1"
  drop_caches
  into_cache "$1/large/file"
  loop sequential-read "$1/large/file"
}

workload_read-below() {
  have_large "$1"
  only_below_cached "$2/large/file"
  loop sequential-read "$1/large/file"
}

workload_read-cold() {
  have_large "$1"
  drop_caches
  loop sequential-read "$1/large/file"
}

workload_random-read() {
  have_large "$1"
  drop_caches
  into_cache "$1/large/file"
  loop random-read "$1/large/file" "$random_count"
}

workload_random-read-below() {
  have_large "$1"
  only_below_cached "$2/large/file"
  loop random-read "$1/large/file" "$((random_count / 4))"
}

workload_random-read-cold() {
  have_large "$1"
  drop_caches
  loop random-read "$1/large/file" "$((random_count / 20))"
}

workload_random-write() {
  have_large "$1"
  drop_caches
  into_cache "$1/large/file"
  loop random-write "$1/large/file" "$((random_count / 4))"
}

# --- many files

in_many=(-d 100)

fresh() {
  rm -rf "$1"
  loop "${in_many[@]}" directories "$1" >/dev/null
  sync
}

have_many() {
  if [[ ! -e $1/many/000/f000000.php ]]; then
    fresh "$1/many"
    loop "${in_many[@]}" create "$1/many" "$many_count" >/dev/null
  fi
  loop "${in_many[@]}" stat "$1/many" "$many_count" >/dev/null
}

create_at_once() {
  fresh "$2/many"
  loop "${in_many[@]}" -p "$1" create "$2/many" "$many_count"
}

workload_create() { create_at_once 1 "$1"; }
workload_create-2() { create_at_once 2 "$1"; }
workload_create-4() { create_at_once 4 "$1"; }
workload_create-16() { create_at_once 16 "$1"; }

workload_write-small() {
  fresh "$1/few"
  loop "${in_many[@]}" write-small "$1/few" "$((many_count / 4))"
}

workload_stat() {
  have_many "$1"
  loop "${in_many[@]}" -r 10 stat "$1/many" "$many_count"
}

workload_open-close() {
  have_many "$1"
  loop "${in_many[@]}" open-close "$1/many" "$many_count"
}

workload_rename() {
  have_many "$1"
  loop "${in_many[@]}" rename "$1/many" "$many_count"
}

workload_unlink() {
  have_many "$1"
  loop "${in_many[@]}" unlink "$1/many" "$many_count"
}

# --- a path that goes to every host: what it costs the writer

fresh_shared() {
  fresh "$1/shared/many"
  settle "$1"
}

# Until the last change has left the host, as uploads in the background would disturb what comes next.
settle() {
  local deadline=$((SECONDS + 60))
  sync
  while [[ -e $1/.trifold/status ]] && ! grep -Eq "^pending: +0$" "$1/.trifold/status"; do
    ((SECONDS < deadline)) || return 0
    sleep 0.5
  done
}

workload_create-propagated() {
  fresh_shared "$1"
  loop "${in_many[@]}" create "$1/shared/many" "$((many_count / 4))"
  settle "$1"
}

workload_write-small-propagated() {
  fresh_shared "$1"
  loop "${in_many[@]}" write-small "$1/shared/many" "$((many_count / 4))"
  settle "$1"
}

# --- a tree

# The size makes find ask for the attributes of each file.
find_all() { loop run find "$1/tree" -size +1000000k; }

workload_find-cold() {
  drop_caches
  find_all "$1"
}

workload_find-warm() {
  find_all "$1" >/dev/null
  find_all "$1"
}

# --- what PHP does

in_small=(-d 100)

php_at_once() {
  local processes=$1
  loop "${in_small[@]}" php "$2/small" "$small_count" >/dev/null
  loop "${in_small[@]}" -p "$processes" -r $((4 / processes > 0 ? 4 / processes : 1)) php "$2/small" "$small_count"
}

workload_php() { php_at_once 1 "$1"; }
workload_php-2() { php_at_once 2 "$1"; }
workload_php-4() { php_at_once 4 "$1"; }
workload_php-16() { php_at_once 16 "$1"; }

workload_misses() {
  loop "${in_small[@]}" misses "$1/small" "$small_count" >/dev/null
  loop "${in_small[@]}" -r 40 misses "$1/small" "$small_count"
}

# --- git

workload_git-status() {
  git -C "$1/repository" status >/dev/null
  loop run git -C "$1/repository" status
}

workload_git-clone() {
  rm -rf "$1/clone"
  sync
  loop run git clone -q --no-local "$1/repository" "$1/clone"
}

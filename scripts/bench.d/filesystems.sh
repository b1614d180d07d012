# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables are those of measure
# The filesystems that are measured. Sourced by measure.
#
# Each has a directory $work/NAME of its own, on the same disk and with the same content, in which
#   top      is where a workload works
#   below    is where the bytes are, reachable also while it is mounted

# The rules that all Trifold mounts have: ten, and more where the variant is about their number.
rules_of() {
  local count=$1 i
  printf 'local /%s/\n' large many few tree small repository clone web
  printf 'remote /uploads/\npropagated /shared/\nlocal *.lock\n'
  for ((i = 10; i < count; i += 4)); do
    printf 'propagated /module%d/\nlocal *.suffix%d\nlocal cache%d-*\nremote /site/*/part%d/\n' "$i" "$i" "$i" "$i"
  done
}

# start_trifold NAME COMMAND TRANSPORT RULES
start_trifold() {
  local name=$1 command=$2 transport=$3 rules=$4
  mkdir -p "$work/$name/remote"
  mount --bind "$work/$name/top" "$work/$name/below"
  "$command" mount "$work/$name/top" --host bench --rules "$rules" --remote "$work/$name/remote" \
    --state "$work/$name/state" --transport "$transport" >"$work/$name/log" 2>&1 ||
    fail "$name could not be mounted: $(tail -n 3 "$work/$name/log")"
}

start_native() {
  rmdir "$work/native/below"
  ln -s top "$work/native/below"
}

start_kernel() { start_trifold kernel "$trifold" kernel "$work/10.rules"; }
start_jnr() { start_trifold jnr "$trifold" jnr "$work/10.rules"; }
start_rules-1000() { start_trifold rules-1000 "$trifold" kernel "$work/1000.rules"; }
start_bypass() { start_trifold bypass "$trifold" kernel "$work/bypass.rules"; }

# What the others mount has its content in below.
swap_sides() {
  rmdir "$work/$1/below"
  mv "$work/$1/top" "$work/$1/below"
  mkdir "$work/$1/top"
}

start_bindfs() {
  swap_sides bindfs
  bindfs --multithreaded -o "entry_timeout=86400,attr_timeout=86400,negative_timeout=86400" \
    "$work/bindfs/below" "$work/bindfs/top"
}

start_mergerfs() {
  local options=cache.files=auto-full,cache.attr=86400,cache.entry=86400,cache.negative_entry=86400
  options+=,cache.readdir=true,cache.statfs=86400,cache.symlinks=true,dropcacheonclose=false,category.create=ff
  swap_sides mergerfs
  mergerfs -o "$options,allow_other" "$work/mergerfs/below" "$work/mergerfs/top"
}

start_passthrough_hp() {
  swap_sides passthrough_hp
  # It keeps a descriptor for each inode that the kernel knows.
  ulimit -n "$(ulimit -Hn)"
  "$work/bin/passthrough_hp" "$work/passthrough_hp/below" "$work/passthrough_hp/top" \
    >"$work/passthrough_hp/log" 2>&1 &
}

# start NAME: gives it its copy of the content, mounts it, and sees that it answers
start() {
  local name=$1 deadline=$((SECONDS + 60))
  mkdir -p "$work/$name/below"
  cp -a "$work/content" "$work/$name/top"
  "start_$name"
  until [[ -e $work/$name/top/small ]]; do
    ((SECONDS < deadline)) || fail "$name was mounted and does not answer"
    sleep 0.1
  done
  if [[ $name != native ]] && ! mountpoint -q "$work/$name/top"; then
    fail "$name is not mounted"
  fi
}

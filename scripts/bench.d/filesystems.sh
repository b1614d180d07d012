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

# start_trifold NAME COMMAND TRANSPORT RULES [FLAG…]
start_trifold() {
  local name=$1 command=$2 transport=$3 rules=$4
  shift 4
  mkdir -p "$work/$name/remote"
  mount --bind "$work/$name/top" "$work/$name/below"
  "$command" mount "$work/$name/top" --host bench --rules "$rules" --remote "$work/$name/remote" \
    --state "$work/$name/state" --transport "$transport" "$@" >"$work/$name/log" 2>&1 ||
    fail "$name could not be mounted: $(tail -n 3 "$work/$name/log")"
}

start_native() {
  rmdir "$work/native/below"
  ln -s top "$work/native/below"
}

start_kernel() { start_trifold kernel "$trifold" kernel "$work/10.rules" --io-uring off; }
start_uring() { start_trifold uring "$trifold" kernel "$work/10.rules" --io-uring on; }
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
  "$work/bin/passthrough_hp" "$work/passthrough_hp/below" "$work/passthrough_hp/top"
}

start_passthrough_ll() {
  swap_sides passthrough_ll
  "$work/bin/passthrough_ll" -o "source=$work/passthrough_ll/below,cache=always,timeout=86400" \
    -o allow_other,default_permissions "$work/passthrough_ll/top"
}

# start NAME: gives it its copy of the content, mounts it, and sees that it answers
start() {
  local name=$1 deadline=$((SECONDS + 60))
  mkdir -p "$work/$name/below"
  [[ $name == floor-* ]] || cp -a "$work/content" "$work/$name/top"
  if [[ -n ${builds[$name]:-} ]]; then
    start_trifold "$name" "${builds[$name]}" kernel "$work/10.rules"
  else
    "start_$name"
  fi
  until [[ -e $work/$name/top/small ]]; do
    ((SECONDS < deadline)) || fail "$name was mounted and does not answer"
    sleep 0.1
  done
  if [[ $name != native ]] && ! mountpoint -q "$work/$name/top"; then
    fail "$name is not mounted"
  fi
}

start_floor() {
  local name=$1 deadline=$((SECONDS + 10))
  shift
  mkdir -p "$work/$name/top"
  "$work/bin/empty-server" "$@" "$work/$name/top" "many=$many_count/100/0" "tree=$((tree_directories * 100))/$tree_directories/0" \
    "small=$small_count/100/3000" >"$work/$name.log" 2>&1 &
  until mountpoint -q "$work/$name/top"; do
    if ((SECONDS >= deadline)) || ! kill -0 $!; then
      fail "$name: $(<"$work/$name.log")"
    fi
    sleep 0.05
  done
}

start_floor-1() { start_floor floor-1; }

# As many threads as Trifold has.
start_floor-4() { start_floor floor-4 -t 4; }

uring_switch=/sys/module/fuse/parameters/enable_uring

# Whether the kernel speaks FUSE over io_uring when it is told to. It is told for the moment of the mount only.
start_floor-uring() {
  local before
  before=$(<"$uring_switch")
  echo Y >"$uring_switch"
  start_floor floor-uring -u
  ls "$work/floor-uring/top" >/dev/null
  echo "$before" >"$uring_switch"
}

has_uring() { [[ -w $uring_switch ]]; }

# Whether this Trifold has the option with which a directory is not crossed at all.
has_bypass() {
  local option
  for option in bypass bypass=on; do
    printf 'local /small/ %s\nlocal /web/ %s\n' "$option" "$option" | cat "$work/10.rules" - >"$work/bypass.rules"
    if "$trifold" rules check "$work/bypass.rules" >/dev/null 2>&1; then
      return 0
    fi
  done
  return 1
}

# The best of libfuse's examples, which Debian has as source only. Others may see what it mounts, as with the rest.
make_passthrough_hp() (
  mkdir -p "$work/source/lists/partial" "$work/source/parts"
  cd "$work/source" || return
  sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >parts/source.sources
  local apt=(apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$PWD/parts"
    -o Dir::State::Lists="$PWD/lists" -o APT::Sandbox::User=root)
  "${apt[@]}" update && "${apt[@]}" source --download-only fuse3 || return
  tar -xf fuse3_*.orig.tar.xz --strip-components=2 --wildcards '*/example/passthrough_hp.cc' '*/example/cxxopts.hpp' 2>/dev/null
  sed -i "s/default_permissions,fsname/allow_other,&/" passthrough_hp.cc
  # shellcheck disable=SC2046 # several words
  g++ -O2 -std=c++17 -o "$work/bin/passthrough_hp" passthrough_hp.cc $(pkg-config --cflags --libs fuse3) -lpthread
)

# What stands in for it where the source cannot be had.
make_passthrough_ll() {
  # shellcheck disable=SC2046 # several words
  gcc -O2 -o "$work/bin/passthrough_ll" /usr/share/doc/libfuse3-dev/examples/passthrough_ll.c \
    $(pkg-config --cflags --libs fuse3) -lpthread
}

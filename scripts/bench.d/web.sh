# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables are those of measure
# A PHP application served by nginx and php-fpm, as an ordinary user. Sourced by measure.

web_processes=()

stop_web() {
  kill "${web_processes[@]}" 2>/dev/null || true
  wait "${web_processes[@]}" 2>/dev/null || true
  web_processes=()
}

free_port() {
  # shellcheck disable=SC2016 # PHP's own variable
  php -n -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo substr(strrchr(stream_socket_get_name($s, false), ":"), 1);'
}

answers() { [[ $(php -n -r "echo @file_get_contents('$1');") == *'class="part"'* ]]; }

# start_web ROOT PHP-OPTION…: sets url
start_web() {
  local root=$1 directory=$work/web port fpm deadline=$((SECONDS + 20))
  shift
  port=$(free_port)
  url=http://127.0.0.1:$port/index.php
  fpm=$(compgen -G '/usr/sbin/php-fpm*' | tail -n 1)
  mkdir -p "$directory"
  cat >"$directory/fpm.conf" <<CONF
[global]
error_log = $directory/fpm.log
daemonize = no
[web]
user = www-data
group = www-data
listen = $directory/fpm.socket
listen.owner = www-data
pm = static
pm.max_children = 4
CONF
  cat >"$directory/nginx.conf" <<CONF
user www-data;
worker_processes 1;
daemon off;
pid $directory/nginx.pid;
error_log $directory/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path $directory/body;
  fastcgi_temp_path $directory/fastcgi;
  proxy_temp_path $directory/proxy;
  scgi_temp_path $directory/scgi;
  uwsgi_temp_path $directory/uwsgi;
  server {
    listen 127.0.0.1:$port;
    root $root;
    location ~ \.php\$ {
      fastcgi_pass unix:$directory/fpm.socket;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
    }
  }
}
CONF
  "$fpm" -n -y "$directory/fpm.conf" "$@" >/dev/null 2>&1 &
  web_processes+=($!)
  /usr/sbin/nginx -c "$directory/nginx.conf" >/dev/null 2>&1 &
  web_processes+=($!)
  until answers "$url"; do
    ((SECONDS < deadline)) || fail "the web server does not answer; $(tail -n 3 "$directory"/*.log)"
    sleep 0.1
  done
}

# web ROOT PHP-OPTION…: the nanoseconds per request, with four at a time
web() (
  trap stop_web EXIT
  start_web "$@"
  wrk -t 1 -c 4 -d 1 "$url" >/dev/null
  result=$(wrk -t 1 -c 4 -d "$web_seconds" "$url")
  [[ $result != *Non-2xx* ]] || fail "the web server answers with errors: $result"
  awk '/Requests\/sec/ { printf "%.0f\n", 1e9 / $2 }' <<<"$result"
)

workload_web-off() { web "$1/web"; }

workload_web-on() {
  web "$1/web" -d zend_extension=opcache -d opcache.enable=1 \
    -d opcache.validate_timestamps=1 -d opcache.revalidate_freq=0
}

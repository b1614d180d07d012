# The table over the number of hosts, from hosts.tsv: the median of all rounds.
BEGIN { FS = "\t" }

FNR > 1 {
  if (!($2 in seen)) {
    seen[$2] = 1
    hosts[++host_count] = $2
  }
  n = ++count[$2]
  for (i = 3; i <= 6; i++) value[$2, i, n] = $i + 0
}

function median(host, column,   n, i, j, moved) {
  n = count[host]
  for (i = 2; i <= n; i++) {
    moved = value[host, column, i]
    for (j = i - 1; j >= 1 && value[host, column, j] > moved; j--) value[host, column, j + 1] = value[host, column, j]
    value[host, column, j + 1] = moved
  }
  return n % 2 ? value[host, column, (n + 1) / 2] : (value[host, column, n / 2] + value[host, column, n / 2 + 1]) / 2
}

END {
  print "| hosts on one database | close until readable, p50, ms | p99, ms | changes of small files, a second | the database's processor time for each, µs |"
  print "|---:|---:|---:|---:|---:|"
  for (i = 1; i <= host_count; i++) {
    printf "| %d | %.1f | %.1f | %.0f | %.0f |\n", hosts[i], median(hosts[i], 3), median(hosts[i], 4), median(hosts[i], 5),
      median(hosts[i], 6)
  }
}

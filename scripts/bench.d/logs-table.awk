# The tables of scripts/bench logs, from results.tsv: medians of all rounds; in brackets the ratio to the same writer's file
# on the disk.
BEGIN {
  FS = "\t"
  split("native file file+syslog file+cloud all", targets, " ")
}

FNR > 1 { value[$2, $3, ++count[$2, $3]] = $4 + 0 }

function median(row, of,   n, i, j, moved) {
  n = count[row, of]
  for (i = 2; i <= n; i++) {
    moved = value[row, of, i]
    for (j = i - 1; j >= 1 && value[row, of, j] > moved; j--) value[row, of, j + 1] = value[row, of, j]
    value[row, of, j + 1] = moved
  }
  return n % 2 ? value[row, of, (n + 1) / 2] : (value[row, of, n / 2] + value[row, of, n / 2 + 1]) / 2
}

function lines(row, title,   i, m, native, met) {
  native = median(row, "native")
  line = "| " title " | ≥ 100000 | " sprintf("%.0f", native) " |"
  met = "yes"
  for (i = 2; i <= 5; i++) {
    m = median(row, targets[i])
    if (m < 100000) met = "**no**"
    line = line sprintf(" %.0f (%.2f) |", m, m / native)
  }
  print line " " met " |"
}

function latency(name, title) {
  printf "| %s | %.1f | %.1f |\n", title, median(name "-p50", "files"), median(name "-p99", "files")
}

END {
  print "| lines a second of one writer | target | a file of the disk | `file` | `file, syslog` | `file, cloud` | all three | met |"
  print "|---|---:|---:|---:|---:|---:|---:|---:|"
  lines("line", "a line a write")
  if (count["ring", "native"]) lines("ring", "the same, FUSE over io_uring")
  lines("block", "8 KiB a write")
  print ""
  print "| a file's close on one host until it can be read on the other | p50, ms | p99, ms |"
  print "|---|---:|---:|"
  latency("rest", "at rest")
  latency("flood", "while a log of all three targets gets 100000 lines a second")
}

# From all results to one line for each row and filesystem: median, least, most, and the median against native's.
# Round 0 was for warming up.
BEGIN { FS = OFS = "\t" }

FNR > 1 && $1 > 0 && $4 != "failed" {
  key = $2 SUBSEP $3
  if (!(key in count)) {
    order[++keys] = key
  }
  value[key, ++count[key]] = $4 + 0
}

FNR > 1 && $1 > 0 && $4 == "failed" && !(($2, $3) in failed) {
  failed[$2, $3] = 1
  print $2, $3, "failed" > "/dev/stderr"
}

function sort(key,   i, j, moved) {
  for (i = 2; i <= count[key]; i++) {
    moved = value[key, i]
    for (j = i - 1; j >= 1 && value[key, j] > moved; j--) {
      value[key, j + 1] = value[key, j]
    }
    value[key, j + 1] = moved
  }
}

function median(key,   n) {
  n = count[key]
  return n % 2 ? value[key, (n + 1) / 2] : (value[key, n / 2] + value[key, n / 2 + 1]) / 2
}

END {
  print "row", "filesystem", "median", "least", "most", "ratio"
  for (i = 1; i <= keys; i++) {
    sort(order[i])
    middle[order[i]] = median(order[i])
  }
  for (i = 1; i <= keys; i++) {
    key = order[i]
    split(key, parts, SUBSEP)
    native = middle[parts[1], "native"]
    printf "%s\t%s\t%.1f\t%.1f\t%.1f\t%s\n", parts[1], parts[2], middle[key], value[key, 1], value[key, count[key]],
      (native > 0 ? sprintf("%.3f", middle[key] / native) : "-")
  }
}

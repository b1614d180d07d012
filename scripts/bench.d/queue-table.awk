# The table, from queue-rows.tsv and results.tsv: the median of all rounds, in brackets the least and the most.
BEGIN { FS = "\t" }

FILENAME ~ /queue-rows\.tsv$/ {
  if ($1 !~ /^#/) {
    rows[++row_count] = $1
    title[$1] = $2
    unit[$1] = $3
    better[$1] = $4
    target[$1] = $5
  }
  next
}

FNR > 1 {
  if (!($3 in seen)) {
    seen[$3] = 1
    systems[++system_count] = $3
  }
  if ($4 == "failed") failed[$2, $3] = 1
  else value[$2, $3, ++count[$2, $3]] = $4 + 0
}

function sort(row, name,   i, j, moved) {
  for (i = 2; i <= count[row, name]; i++) {
    moved = value[row, name, i]
    for (j = i - 1; j >= 1 && value[row, name, j] > moved; j--) value[row, name, j + 1] = value[row, name, j]
    value[row, name, j + 1] = moved
  }
}

function median(row, name,   n) {
  n = count[row, name]
  return n % 2 ? value[row, name, (n + 1) / 2] : (value[row, name, n / 2] + value[row, name, n / 2 + 1]) / 2
}

function shown(number) { return number >= 100 ? sprintf("%.0f", number) : number >= 10 ? sprintf("%.1f", number) : sprintf("%.2f", number) }

function cell(row, name,   n) {
  n = count[row, name]
  if (!n) return ((row, name) in failed) ? "failed" : "–"
  if (n == 1) return shown(median(row, name))
  return shown(median(row, name)) " (" shown(value[row, name, 1]) "–" shown(value[row, name, n]) ")"
}

function met(row, name,   m) {
  if (target[row] == "" || !count[row, name]) return "–"
  m = median(row, name)
  return (better[row] == "less" ? m <= target[row] : m >= target[row]) ? "yes" : "**no**"
}

END {
  line = "| | | target | Trifold | met |"
  rule = "|---|---|---:|---:|---:|"
  for (i = 1; i <= system_count; i++) {
    if (systems[i] == "trifold") continue
    line = line " " systems[i] " |"
    rule = rule "---:|"
  }
  print line
  print rule
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    any = 0
    for (j = 1; j <= system_count; j++) {
      sort(row, systems[j])
      if (count[row, systems[j]] || ((row, systems[j]) in failed)) any = 1
    }
    if (!any) continue
    limit = target[row] == "" ? "–" : (better[row] == "less" ? "≤ " : "≥ ") target[row]
    line = "| " title[row] " | " unit[row] " | " limit " | " cell(row, "trifold") " | " met(row, "trifold") " |"
    for (j = 1; j <= system_count; j++) if (systems[j] != "trifold") line = line " " cell(row, systems[j]) " |"
    print line
  }
}

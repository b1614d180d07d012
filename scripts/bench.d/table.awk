# The tables in Markdown, from rows.tsv and summary.tsv. What is plotted and what is a table of its own is told by names:
# native is the measure of all, floor-… the empty servers, rules-… the same mount with more rules.
BEGIN { FS = "\t" }

FILENAME ~ /rows\.tsv$/ {
  if ($1 !~ /^#/) {
    rows[++row_count] = $1
    group[$1] = $2
    title[$1] = $3
    unit[$1] = $4
    target[$1] = $5
  }
  next
}

FNR > 1 {
  median[$1, $2] = $3
  least[$1, $2] = $4
  most[$1, $2] = $5
  if (!($2 in known)) {
    known[$2] = 1
    if ($2 != "native" && $2 !~ /^(floor|rules)-/) {
      columns[++column_count] = $2
    }
  }
}

function has(row, name) { return (row, name) in median }

function is_rate(row) { return target[row] ~ /^rate/ }

function number(x) { return x < 10 ? sprintf("%.2f", x) : x < 100 ? sprintf("%.1f", x) : sprintf("%.0f", x) }

function time(ns) {
  if (ns < 1000) return sprintf("%.0f ns", ns)
  if (ns < 1e6) return number(ns / 1000) " µs"
  if (ns < 1e9) return number(ns / 1e6) " ms"
  return number(ns / 1e9) " s"
}

function against_native(row, ns) {
  return is_rate(row) ? median[row, "native"] / ns : ns / median[row, "native"]
}

function cell(row, name) {
  if (!has(row, name) || !has(row, "native")) return "–"
  return number(against_native(row, median[row, name]))
}

function spread(row, name,   low, high, swapped) {
  low = against_native(row, least[row, name])
  high = against_native(row, most[row, name])
  if (is_rate(row)) {
    swapped = low
    low = high
    high = swapped
  }
  return " (" number(low) "–" number(high) ")"
}

function native_cell(row) {
  if (!has(row, "native")) return "–"
  return is_rate(row) ? sprintf("%.0f/s", 1e9 / median[row, "native"]) : time(median[row, "native"])
}

# The greatest time, or least rate, that the target allows; 0 where there is none.
function allowed(row,   parts) {
  if (target[row] == "") return 0
  if (target[row] ~ /^floor/) {
    split(target[row], parts, " ")
    return has(row, "floor-4") && has(row, "native") ? parts[2] * median[row, "floor-4"] / median[row, "native"] : 0
  }
  split(target[row], parts, " ")
  return is_rate(row) ? parts[2] : parts[1]
}

function target_cell(row,   limit) {
  limit = allowed(row)
  if (limit == 0) return "–"
  return (is_rate(row) ? "≥ " : "≤ ") (target[row] ~ /^floor/ ? number(limit) " (1.2 × floor)" : limit)
}

function met_cell(row,   limit, ratio) {
  limit = allowed(row)
  if (limit == 0 || !has(row, "kernel") || !has(row, "native")) return "–"
  ratio = against_native(row, median[row, "kernel"])
  return (is_rate(row) ? ratio >= limit : ratio <= limit) ? "yes" : "**no**"
}

# Which of the others are ahead of the kernel transport, by more than what is noise.
function ahead(row,   i, name, list) {
  if (!has(row, "kernel")) return "–"
  for (i = 1; i <= column_count; i++) {
    name = columns[i]
    if (name ~ /^(bindfs|mergerfs|passthrough_)/ && has(row, name) && median[row, name] * 1.05 < median[row, "kernel"]) {
      list = list (list == "" ? "" : ", ") name
    }
  }
  return list == "" ? "–" : list
}

function label(name) {
  if (name == "uring") return "Trifold over io_uring"
  return name == "kernel" || name == "jnr" || name == "bypass" ? "Trifold " name : name
}

function main_table(   i, j, row, line) {
  line = "| | native | target |"
  for (i = 1; i <= column_count; i++) {
    line = line " " label(columns[i]) " |" (columns[i] == "kernel" ? " met | ahead of it |" : "")
  }
  print line
  gsub(/[^|]+/, "---:", line)
  sub(/---:/, "---", line)
  print line
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    if (!has(row, "native")) continue
    if (group[row] != shown) {
      shown = group[row]
      line = "| **" shown "** | | |"
      for (j = 1; j <= column_count; j++) line = line (columns[j] == "kernel" ? " | | |" : " |")
      print line
    }
    line = "| " title[row] " | " native_cell(row) " | " target_cell(row) " |"
    for (j = 1; j <= column_count; j++) {
      line = line " " cell(row, columns[j])
      if (columns[j] == "kernel") {
        line = line (has(row, "kernel") ? spread(row, "kernel") : "") " | " met_cell(row) " | " ahead(row)
      }
      line = line " |"
    }
    print line
  }
}

function absolute(row, name) { return has(row, name) ? time(median[row, name]) : "–" }

function over(row, name, floor) {
  return has(row, name) && has(row, floor) ? number(median[row, name] / median[row, floor]) : "–"
}

function floor_table(   i, row) {
  print "| | native | empty server, 1 thread | 4 threads | over io_uring | Trifold kernel | against 4 threads | Trifold over io_uring | against over io_uring |"
  print "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    if (!has(row, "floor-4")) continue
    print "| " title[row] " | " absolute(row, "native") " | " absolute(row, "floor-1") " | " absolute(row, "floor-4") \
      " | " absolute(row, "floor-uring") " | " absolute(row, "kernel") " | " \
      over(row, "kernel", "floor-4") " | " absolute(row, "uring") " | " over(row, "uring", "floor-uring") " |"
  }
}

function rules_table(   i, row) {
  print "| | 10 rules | 1,000 rules |"
  print "|---|---:|---:|"
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    if (has(row, "rules-1000") && has(row, "kernel")) {
      print "| " title[row] " | " cell(row, "kernel") " | " cell(row, "rules-1000") " |"
    }
  }
}

END {
  print "Time against native, the median of all rounds; smaller is better. The web rows are requests a second against"
  print "native; there larger is better. In brackets the least and the most.\n"
  main_table()
  if ("floor-4" in known) {
    print "\nWhere every call crosses to user space, the floor is a server that answers at once:\n"
    floor_table()
  }
  if ("rules-1000" in known) {
    print "\nThe number of rules, time against native:\n"
    rules_table()
  }
}

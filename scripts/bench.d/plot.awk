# The plot, as SVG, from rows.tsv and summary.tsv: a line for each workload, a mark for each filesystem, time against
# native on a logarithmic scale.
BEGIN {
  FS = "\t"
  WIDTH = 1000
  LEFT = 330
  RIGHT = 40
  TOP = 96
  LINE = 21
  style("kernel", "Trifold kernel", "#0b5fa5")
  style("uring", "Trifold over io_uring", "#d6336c")
  style("bypass", "Trifold bypass", "#1a9850")
  style("jnr", "Trifold jnr", "#56a8e0")
  style("bindfs", "bindfs", "#e08214")
  style("mergerfs", "mergerfs", "#8a4fa3")
  style("passthrough_hp", "passthrough_hp", "#6b6b6b")
  style("passthrough_ll", "passthrough_ll", "#6b6b6b")
}

function style(name, text, colour) {
  names[++name_count] = name
  label[name] = text
  fill[name] = colour
}

FILENAME ~ /rows\.tsv$/ {
  if ($1 !~ /^#/) {
    rows[++row_count] = $1
    group[$1] = $2
    title[$1] = $3
    target[$1] = $5
  }
  next
}

FNR > 1 && $6 != "-" {
  median[$1, $2] = $3
  least[$1, $2] = $4
  most[$1, $2] = $5
  seen[$2] = 1
  if (!($2 in label) && $2 != "native" && $2 !~ /^(floor|rules)-/) style($2, $2, "#d6336c")
}

function has(row, name) { return (row, name) in median && (row, "native") in median }

function ratio(row, name) { return median[row, name] / median[row, "native"] }

function x(value) { return LEFT + (log(value) - log(LOW)) / (log(HIGH) - log(LOW)) * (WIDTH - LEFT - RIGHT) }

# The time that the target allows: for a rate its inverse.
function allowed(row,   parts) {
  if (target[row] == "") return 0
  split(target[row], parts, " ")
  if (parts[1] == "rate") return 1 / parts[2]
  if (parts[1] == "floor") return has(row, "floor-4") ? parts[2] * ratio(row, "floor-4") : 0
  return parts[1] + 0
}

function text(at_x, at_y, anchor, attributes, content) {
  printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", at_x, at_y, anchor, attributes, content
}

function line(x1, y1, x2, y2, attributes) {
  printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, attributes
}

function mark(name, at_x, at_y,   colour) {
  colour = fill[name]
  if (name == "kernel" || name == "uring") {
    printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5.5\" fill=\"%s\"/>\n", at_x, at_y, colour
  } else if (name == "jnr") {
    printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#fff\" stroke=\"%s\" stroke-width=\"1.8\"/>\n", at_x, at_y, colour
  } else if (name == "bypass") {
    printf "<path d=\"M%.1f %.1fl5 5-5 5-5-5z\" fill=\"%s\"/>\n", at_x, at_y - 5, colour
  } else if (name == "bindfs") {
    printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" fill=\"%s\"/>\n", at_x - 3.5, at_y - 3.5, colour
  } else if (name == "mergerfs") {
    printf "<path d=\"M%.1f %.1fl4.5 8h-9z\" fill=\"%s\"/>\n", at_x, at_y - 4.5, colour
  } else {
    printf "<path d=\"M%.1f %.1fl7 7m0-7l-7 7\" stroke=\"%s\" stroke-width=\"2.2\" fill=\"none\"/>\n", at_x - 3.5, at_y - 3.5, colour
  }
}

function choose_range(   i, j, value) {
  LOW = 0.7
  HIGH = 10
  for (i = 1; i <= row_count; i++) {
    for (j = 1; j <= name_count; j++) {
      if (has(rows[i], names[j])) {
        value = ratio(rows[i], names[j])
        if (value * 1.3 > HIGH) HIGH = value * 1.3
        if (value / 1.2 < LOW) LOW = value / 1.2
      }
    }
  }
}

function axis(bottom,   count, ticks, i) {
  count = split("0.1 0.2 0.5 1 2 5 10 20 50 100 200 500 1000", ticks, " ")
  for (i = 1; i <= count; i++) {
    if (ticks[i] < LOW || ticks[i] > HIGH) continue
    line(x(ticks[i]), TOP - 6, x(ticks[i]), bottom, ticks[i] == 1 ? "stroke=\"#222\" stroke-width=\"1.6\"" : "stroke=\"#ddd\"")
    text(x(ticks[i]), TOP - 12, "middle", "fill=\"#555\"", ticks[i] == 1 ? "native" : ticks[i] "×")
  }
}

function legend(   i, at) {
  at = 20
  for (i = 1; i <= name_count; i++) {
    if (!(names[i] in seen)) continue
    mark(names[i], at, 46)
    text(at + 10, 50, "start", "fill=\"#222\"", label[names[i]])
    at += 28 + 7.2 * length(label[names[i]])
  }
  line(at, 39, at, 53, "stroke=\"#c0182b\" stroke-width=\"3\"")
  text(at + 8, 50, "start", "fill=\"#222\"", "target")
  at += 70
  line(at, 39, at, 53, "stroke=\"#777\" stroke-width=\"2\" stroke-dasharray=\"3 2\"")
  text(at + 8, 50, "start", "fill=\"#222\"", "empty server")
}

function draw_row(row, y,   j, limit) {
  text(LEFT - 16, y + 4, "end", "fill=\"#222\"", title[row])
  line(LEFT, y, WIDTH - RIGHT, y, "stroke=\"#eee\"")
  limit = allowed(row)
  if (limit > 0) {
    line(x(limit), y - 8, x(limit), y + 8, "stroke=\"#c0182b\" stroke-width=\"3\"")
  }
  if (has(row, "floor-4")) {
    line(x(ratio(row, "floor-4")), y - 8, x(ratio(row, "floor-4")), y + 8, "stroke=\"#777\" stroke-width=\"2\" stroke-dasharray=\"3 2\"")
  }
  for (j = name_count; j >= 1; j--) {
    if (!has(row, names[j])) continue
    if (names[j] == "kernel") {
      line(x(least[row, "kernel"] / median[row, "native"]), y, x(most[row, "kernel"] / median[row, "native"]), y,
        "stroke=\"" fill["kernel"] "\" stroke-width=\"2\" stroke-opacity=\"0.5\"")
    }
    mark(names[j], x(ratio(row, names[j])), y)
  }
}

END {
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    if (!((row, "native") in median)) continue
    if (group[row] != last) {
      last = group[row]
      height += 30
      heading[row] = 1
    }
    height += LINE
    shown[++shown_count] = row
  }
  choose_range()
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", WIDTH, TOP + height + 20, WIDTH, TOP + height + 20
  print "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">"
  print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
  text(LEFT, 24, "start", "font-size=\"17\" font-weight=\"bold\" fill=\"#222\"", "Time against native; further left is faster")
  legend()
  axis(TOP + height)
  y = TOP
  for (i = 1; i <= shown_count; i++) {
    if (shown[i] in heading) {
      y += 30
      text(16, y - 8, "start", "font-weight=\"bold\" fill=\"#222\"", group[shown[i]])
    }
    draw_row(shown[i], y + LINE / 2 - 4)
    y += LINE
  }
  print "</svg>"
}

# The plots, as SVG. plot=latency: from queue-rows.tsv and results.tsv, a line for each latency, a mark for each system,
# milliseconds on a logarithmic scale. plot=hosts: from hosts.tsv, p50 and p99 over the number of hosts.
BEGIN {
  FS = "\t"
  WIDTH = 1000
  LEFT = 400
  RIGHT = 40
  TOP = 90
  LINE = 34
  split("#0b5fa5 #e08214 #8a4fa3 #1a9850 #6b6b6b", colours, " ")
}

plot == "latency" && FILENAME ~ /queue-rows\.tsv$/ {
  if ($3 == "ms") {
    rows[++row_count] = $1
    title[$1] = $2
    target[$1] = $5
  }
  next
}

plot == "latency" && FNR > 1 && $4 != "failed" && $2 ~ /-p(50|99)$/ {
  if (!($3 in order)) {
    order[$3] = ++system_count
    systems[system_count] = $3
  }
  sum[$2, $3] += $4
  n[$2, $3]++
}

plot == "hosts" && FNR > 1 {
  if (!($2 in order)) {
    order[$2] = ++host_count
    hosts[host_count] = $2
  }
  p50[$2] += $3
  p99[$2] += $4
  n[$2]++
}

function text(x, y, anchor, attributes, content) {
  printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>\n", x, y, anchor, attributes, content
}

function line(x1, y1, x2, y2, attributes) {
  printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, attributes
}

function open_svg(height) {
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", WIDTH, height, WIDTH, height
  print "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">"
  print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
}

function at(ms) { return LEFT + log(ms) / log(10000) * (WIDTH - LEFT - RIGHT) }

function latency_plot(   i, j, y, row, ms, ticks, count, x) {
  open_svg(TOP + LINE * row_count + 20)
  text(16, 24, "start", "font-size=\"17\" font-weight=\"bold\" fill=\"#222\"", "From a close on one host until it can be read on the other; further left is faster")
  x = 20
  for (j = 1; j <= system_count; j++) {
    printf "<circle cx=\"%.1f\" cy=\"46\" r=\"5\" fill=\"%s\"/>\n", x, colours[j]
    text(x + 10, 50, "start", "fill=\"#222\"", systems[j])
    x += 34 + 7.5 * length(systems[j])
  }
  line(x, 39, x, 53, "stroke=\"#c0182b\" stroke-width=\"3\"")
  text(x + 8, 50, "start", "fill=\"#222\"", "target")
  count = split("1 10 100 1000 10000", ticks, " ")
  for (i = 1; i <= count; i++) {
    line(at(ticks[i]), TOP - 8, at(ticks[i]), TOP + LINE * row_count, "stroke=\"#ddd\"")
    text(at(ticks[i]), TOP - 12, "middle", "fill=\"#555\"", ticks[i] < 1000 ? ticks[i] " ms" : ticks[i] / 1000 " s")
  }
  for (i = 1; i <= row_count; i++) {
    row = rows[i]
    y = TOP + LINE * (i - 0.5)
    text(LEFT - 16, y + 4, "end", "fill=\"#222\"", row ~ /^latency/ ? "at rest, " substr(row, 9) : "under load, " substr(row, 6))
    line(LEFT, y, WIDTH - RIGHT, y, "stroke=\"#eee\"")
    if (target[row] != "") line(at(target[row]), y - 9, at(target[row]), y + 9, "stroke=\"#c0182b\" stroke-width=\"3\"")
    for (j = 1; j <= system_count; j++) {
      if (!n[row, systems[j]]) continue
      ms = sum[row, systems[j]] / n[row, systems[j]]
      printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"%s\"/>\n", at(ms < 1 ? 1 : ms > 10000 ? 10000 : ms), y, colours[j]
    }
  }
  print "</svg>"
}

function hosts_plot(   i, x, y, high, points50, points99, most, step) {
  high = 10
  for (i = 1; i <= host_count; i++) {
    if (p99[hosts[i]] / n[hosts[i]] > high) high = p99[hosts[i]] / n[hosts[i]]
    if (hosts[i] + 0 > most) most = hosts[i] + 0
  }
  open_svg(420)
  text(16, 24, "start", "font-size=\"17\" font-weight=\"bold\" fill=\"#222\"", "Milliseconds from close until readable, by the number of hosts on one database")
  step = high > 200 ? 100 : high > 50 ? 20 : high > 20 ? 10 : 5
  for (y = 0; y <= high; y += step) {
    line(80, 380 - y / high * 320, 960, 380 - y / high * 320, "stroke=\"#ddd\"")
    text(70, 384 - y / high * 320, "end", "fill=\"#555\"", y)
  }
  for (i = 1; i <= host_count; i++) {
    x = 80 + (hosts[i] / (most ? most : 1)) * 880
    points50 = points50 sprintf("%.1f,%.1f ", x, 380 - p50[hosts[i]] / n[hosts[i]] / high * 320)
    points99 = points99 sprintf("%.1f,%.1f ", x, 380 - p99[hosts[i]] / n[hosts[i]] / high * 320)
    text(x, 402, "middle", "fill=\"#555\"", hosts[i])
  }
  printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\"/>\n", points50, colours[1]
  printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"6 4\"/>\n", points99, colours[2]
  text(860, 50, "start", "fill=\"" colours[1] "\"", "p50")
  text(900, 50, "start", "fill=\"" colours[2] "\"", "p99")
  print "</svg>"
}

END {
  if (plot == "latency") latency_plot()
  else hosts_plot()
}

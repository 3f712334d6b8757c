"""results.tsv -> table.md (medians and ratios) and owncloud.svg (drawn by gnuplot)."""
import collections
import os
import statistics
import subprocess
import sys

out = sys.argv[1]
rates = collections.defaultdict(list)
latencies = collections.defaultdict(list)
tails = collections.defaultdict(list)
phases = []
for line in open(os.path.join(out, "results.tsv")):
    phase, _, target, rate, median, p99 = line.rstrip("\n").split("\t")
    if phase not in phases:
        phases.append(phase)
    rates[phase, target].append(float(rate))
    latencies[phase, target].append(float(median))
    tails[phase, target].append(float(p99))

targets = ["Allod", "PostgreSQL", "MariaDB"]
once = {"load": "load, seconds", "memory-kb": "server memory after loading, MB", "disk-kb": "size on disk, MB"}
names = {
    "mixed": "95 % which files may I see, 5 % new shares", "view": "which files may I see", "point": "point read",
    "insert": "durable insert", "insert-1-client": "durable insert, 1 client",
    "update": "durable update with a history", "update-1-client": "durable update with a history, 1 client",
    "as-of": "a row as it was 500 versions ago, 1 client", "get": "everything about a subject, 1 client",
    "forget": "forget a subject, 1 client",
}
lines = ["| operations per second, median of rounds | " + " | ".join(targets) + " | Allod / better peer | Allod's median, p99 |",
         "|---|" + "---:|" * 5]
plotted = []
for phase in phases:
    if phase in once:
        continue
    values = [statistics.median(rates[phase, t]) for t in targets]
    # Pair by pair: the ratio of each round, so that a drift of the machine's speed falls out.
    ratios = [a / max(p, m) for a, p, m in zip(*(rates[phase, t] for t in targets)) if max(p, m) > 0]
    ratio = statistics.median(ratios) if ratios else 0
    lines.append("| " + names.get(phase, phase) + " | " + " | ".join(f"{v:,.0f}" for v in values) +
                 f" | **{ratio:.2f}** | {statistics.median(latencies[phase, 'Allod']):,.0f} us, {statistics.median(tails[phase, 'Allod']):,.0f} us |")
    plotted.append((phase, [v / max(values[1], values[2]) for v in values]))
lines += ["", "| | " + " | ".join(targets) + " |", "|---|" + "---:|" * 3]
for phase, name in once.items():
    if phase in phases:
        scale = 1 if phase == "load" else 1024
        lines.append(f"| {name} | " + " | ".join(f"{rates[phase, t][0] / scale:,.1f}" for t in targets) + " |")
open(os.path.join(out, "table.md"), "w").write("\n".join(lines) + "\n")

data = os.path.join(out, "plot.dat")
with open(data, "w") as f:
    f.write("phase " + " ".join(targets) + "\n")
    for phase, values in plotted:
        f.write(phase + " " + " ".join(f"{v:.4f}" for v in values) + "\n")
script = f"""
set terminal svg size 900,420 font 'sans-serif,13' background '#ffffff'
set output '{os.path.join(out, "owncloud.svg")}'
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.9 border -1
set ylabel 'throughput, better peer = 1'
set yrange [0:*]
set grid ytics
set key top left
set xtics rotate by -20
plot '{data}' using 2:xtic(1) title columnheader(2) lc rgb '#1b6e53', '' using 3 title columnheader(3) lc rgb '#8aa6c1', '' using 4 title columnheader(4) lc rgb '#d8b26e'
"""
try:
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
except FileNotFoundError:
    print("report: gnuplot is not installed, no plot drawn", file=sys.stderr)

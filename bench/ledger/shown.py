"""The ledger bench's table, its verdicts, and its picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

_LOADS = ("uniform", "zipf", "hot")
_ROWS = (
    ("ours", "gifts_per_s_"),
    ("ours, p99 ms", "p99_ms_"),
    ("row locks on both sides", "baseline_rowlock_gifts_per_s_"),
    ("ordered atomic updates", "baseline_update_gifts_per_s_"),
)


def show(f: dict[str, float]) -> None:
    """Print the table, and each bar with what was reached."""
    print(f"\n{'gifts a second, 64 callers':34}" + "".join(f"{load:>10}" for load in _LOADS))
    for name, key in _ROWS:
        print(f"{name:34}" + "".join(f"{f[key + load]:>10,}" for load in _LOADS))
    print(f"{'plain COPY, as many commits':34}{f['copy_gifts_per_s']:>10,}\n")
    print(
        f"open loop, p50 / p99 ms: {f['p50_ms_half_load']} / {f['p99_ms_half_load']} at half load,"
        f" {f['p50_ms_eighty_load']} / {f['p99_ms_eighty_load']} at 80 %"
    )
    print(f"the folding job works off {f['folded_per_s']:,} gifts a second\n")
    uniform, hot = f["gifts_per_s_uniform"], f["gifts_per_s_hot"]
    for name, reached, bar in (
        ("gifts/s", uniform, 12_000),
        ("times the row locks, uniform", uniform / f["baseline_rowlock_gifts_per_s_uniform"], 12),
        ("times the row locks, hot", hot / f["baseline_rowlock_gifts_per_s_hot"], 40),
        ("hot / uniform", hot / uniform, 0.95),
        ("of plain COPY", uniform / f["copy_gifts_per_s"], 0.35),
    ):
        _verdict(name, reached, bar, is_reached=reached >= bar)
    for name, reached, bar in (
        ("p99 ms at half load", f["p99_ms_half_load"], 15),
        ("bytes a gift, all indexes", f["bytes_per_gift"], 500),
        ("% that broke senders cost others", f["broke_cost_percent"], 10),
    ):
        _verdict(name, reached, bar, is_reached=reached <= bar)
    print()


def _verdict(name: str, reached: float, bar: float, *, is_reached: bool) -> None:
    word = "reached" if is_reached else "MISSED"
    print(f"{name:34}{reached:>10,.2f}   bar {bar:>8,}   {word}")


def draw(f: dict[str, float], path: Path) -> None:
    """The rates of all three loads side by side, on a logarithmic scale."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    ways = [(name, key) for name, key in _ROWS if "p99" not in name]
    width = 0.8 / len(ways)
    for place, ((name, key), colour) in enumerate(
        zip(ways, ("#e4572e", "#4c6a92", "#9fb3c8"), strict=True)
    ):
        spots = [spot + place * width for spot in range(len(_LOADS))]
        rates = [f[key + load] for load in _LOADS]
        bars = axes.bar(spots, rates, width * 0.94, label=name, color=colour)
        axes.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates], fontsize=8, padding=2)
    axes.axhline(f["copy_gifts_per_s"], color="#777777", linewidth=1, linestyle="--")
    axes.text(-0.3, f["copy_gifts_per_s"] * 1.06, "plain COPY of the same rows", fontsize=8)
    axes.set_yscale("log")
    axes.set_ylim(top=f["copy_gifts_per_s"] * 2)
    axes.set_xticks(
        [spot + width * (len(ways) - 1) / 2 for spot in range(len(_LOADS))],
        ["spread over 1,000 creators", "famous and unknown (Zipf 1.0)", "one hot creator"],
    )
    axes.set_ylabel("gifts a second")
    axes.set_title(f"64 callers, every commit flushed (flush {f['flush_ms']:.2f} ms)", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(path, dpi=150)

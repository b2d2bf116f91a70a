"""Pictures of what was measured, as SVG; python3-matplotlib is only loaded when one is drawn."""

import os
import statistics


def boxes(descriptor, title, unit, groups):
    """A box for each group of values, a (label, values) pair: the median, the half of them around it, and the range.

    Each value is a dot beside its box. The picture goes to the descriptor.
    """
    figure, axes = canvas(title, height=1.2 + 0.7 * len(groups))
    labels, values = zip(*groups, strict=True)
    places = range(len(groups), 0, -1)
    axes.boxplot(values, positions=list(places), vert=False, whis=(0, 100), widths=0.4,
                 medianprops={"color": "#c0392b", "linewidth": 2})
    for place, group in zip(places, values, strict=True):
        axes.plot(group, [place - 0.33] * len(group), "o", color="#2c3e50", alpha=0.35, markersize=3,
                  markeredgewidth=0)
    axes.set_yticks(list(places), labels)
    axes.set_xlabel(unit)
    axes.set_xlim(left=0)
    axes.grid(axis="x", alpha=0.3)
    save(figure, descriptor)


def points(descriptor, title, horizontal, vertical, groups):
    """A point for each group, a (label, horizontal values, vertical values) triple: both medians, and both ranges."""
    figure, axes = canvas(title, height=5)
    middle = max(statistics.median(across) for _, across, _ in groups) / 2
    for label, across, up in groups:
        place = statistics.median(across), statistics.median(up)
        reach = [[[place[axis] - min(values)], [max(values) - place[axis]]] for axis, values in enumerate((across, up))]
        axes.errorbar(*place, xerr=reach[0], yerr=reach[1], fmt="o", capsize=2)
        # Towards the middle, where there is room.
        side = "right" if place[0] > middle else "left"
        axes.annotate(label, place, xytext=(-7 if side == "right" else 7, 5), textcoords="offset points", ha=side)
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    save(figure, descriptor)


def canvas(title, height, width=8):
    """A figure with one pair of axes, its size in inches."""
    import matplotlib
    matplotlib.use("svg")
    # The same numbers make the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "middle-sock", "svg.fonttype": "none", "font.size": 10})
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    axes.set_title(title, fontsize=11)
    return figure, axes


def save(figure, descriptor):
    """Writes the figure, without the date."""
    with os.fdopen(os.dup(descriptor), "wb") as file:
        figure.savefig(file, format="svg", metadata={"Date": None})

"""The entry of all benchmarks, which script/bench calls: python3 -B script/bench.d NAME [LAB] BINARIES [OPTION]..."""

import importlib
import pkgutil
import sys

import bench


def main():
    """Runs the benchmark that the command line names; the rest of the command line is the benchmark's own."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in {module.name for module in pkgutil.iter_modules(bench.__path__)}:
        raise SystemExit(f"there is no benchmark '{name}': script/bench tells which there are")
    module = importlib.import_module(f"bench.{name}")
    if not hasattr(module, "main"):
        raise SystemExit(f"'{name}' is a part of benchmarks and none itself: script/bench tells which there are")
    sys.argv[:2] = [f"bench {name}"]
    module.main()


if __name__ == "__main__":
    main()

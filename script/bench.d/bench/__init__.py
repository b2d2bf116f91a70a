"""What script/bench measures: a module for each benchmark, with a `main`, and modules for what several of them need."""

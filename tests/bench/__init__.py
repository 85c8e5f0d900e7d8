"""What does the work cost on this machine? `make bench` measures, prints beside the goal, and writes `var/bench.json`."""

"""Time training, sampling and held-out losses: `python -m tools.checking.bench`.

Every row runs in a process of its own, so that nothing that one imports slows another down, and
what goes wrong in one is said in its place and loses no other. All processes keep to one core, with
one thread each for BLAS and PyTorch, and work in turns, round after round, so that a noisy machine
is noisy for all of them. The first round warms up; of the others the median counts, as processor
time. The losses of every row must be those of `plain`, the published algorithm written plainly
(bench/plain.py).

rows       what is timed, and why a row can't be
serving    the process of a row: it takes steps when asked
processes  such processes, seen from the one that asks
sections   what is measured of the rows: ladder, memory and cold start, shapes, rates, a large model
report     the table and the plot
"""

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
rounds     rows that work in turns
ladder     every row's time, memory and first step, and where plain's time goes
sizes      engines at other shapes, and a large model on several processes
rates      names a second that are sampled, and whose loss is computed
report     the table and the plot
"""

"""What makes, grades and checks the course, a room for each; each command is `python -m`."""

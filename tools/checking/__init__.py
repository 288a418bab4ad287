"""What watches over the course: its pages, its times, Colab, tests held against planted faults."""

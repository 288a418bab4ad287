"""What notebooks need around the reference: figures with a description.

Needs `pip install "microgpt-ref[lab]"`: matplotlib draws the PNGs of figures.
"""

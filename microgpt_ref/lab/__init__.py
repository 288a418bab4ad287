"""What notebooks need around the reference: figures with a description.

Needs matplotlib: `pip install "microgpt-ref[lab]"`.
"""

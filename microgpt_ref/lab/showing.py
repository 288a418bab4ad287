"""How something is shown below a cell: by IPython in a notebook, by the page in a page."""

page = None  # in a page, the `page.Page` that runs its cells


def publish(data, metadata=None):
    """Show one thing below the running cell.

    data: its forms, by MIME type, text/plain among them
    """
    if page:
        page.send("display", data)
        return
    from IPython.display import publish_display_data

    publish_display_data(data, metadata)


def display(*things):
    """Show things below the running cell, each as a cell's last expression is shown."""
    if page:
        for thing in things:
            page.show(thing)
        return
    import IPython.display

    IPython.display.display(*things)

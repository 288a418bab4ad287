"""What hands out chapters, collects what students hand in, and grades it."""
